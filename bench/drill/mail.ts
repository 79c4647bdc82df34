// The mail server of a drill: it takes every mail over TLS and knows how often each came.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { debianProgram } from '../../src/dev/embedded/debian.js';

const run = promisify(execFile);

/** An address of the router's. It has no name: the mail client does not look into hosts files. */
export const MAIL_ADDRESS = '10.64.0.25';

export interface MailSink {
  /** A file with the authority that has signed its certificate. */
  readonly authority: string;
  /** How many mails came to the address. */
  received(to: string): number;
  stop(): Promise<void>;
}

export async function startMailSink(folder: string): Promise<MailSink> {
  await run('ip', ['address', 'replace', `${MAIL_ADDRESS}/32`, 'dev', 'lo']);
  const [authority, key] = [join(folder, 'mail.pem'), join(folder, 'mail.key')];
  const openssl = await debianProgram('openssl', ['openssl']);
  await run(openssl, [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '400'],
    ...['-subj', `/CN=${MAIL_ADDRESS}`, '-addext', `subjectAltName=IP:${MAIL_ADDRESS}`],
    ...['-keyout', key, '-out', authority],
  ]);
  const counts = new Map<string, number>();
  const server = new SMTPServer({
    cert: await readFile(authority),
    key: await readFile(key),
    authOptional: true,
    disabledCommands: ['AUTH'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onData(stream, session, callback) {
      stream.resume();
      stream.on('end', () => {
        for (const { address } of session.envelope.rcptTo)
          counts.set(address, (counts.get(address) ?? 0) + 1);
        callback();
      });
    },
  });
  // A client that closes its connection early is not an error.
  server.on('error', () => {});
  server.listen(25, MAIL_ADDRESS);
  await once(server.server, 'listening');
  return {
    authority,
    received: (to) => counts.get(to) ?? 0,
    stop: () => new Promise((closed) => server.close(() => closed())),
  };
}
