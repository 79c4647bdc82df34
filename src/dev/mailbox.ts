// The mailbox of `npm start`: a mail server that catches every mail, and a page that shows them. It keeps the newest
// hundred in memory, never on the disk, and listens on this machine only. It also serves the pages that mails lead to.
import { once } from 'node:events';
import fastify, { type FastifyInstance } from 'fastify';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { startInSteps } from '../runtime/cleanup.js';
import { ListenError } from '../runtime/listen-error.js';
import { listPage, type MailHeading, messagePage, portalPage, withoutScripts } from './mailbox-page.js';
import { PORTAL_PAGES, PORTAL_SCRIPT } from './portal-pages.js';

const HOST = '127.0.0.1';
const KEPT = 100;
const MAX_MAIL_BYTES = 1024 * 1024;
const MAX_WAIT_SECONDS = 60;

/** A token in a mail stands alone on a line. */
const TOKEN = /^[\w-]{40,}$/m;

export interface Mailbox {
  stop(): Promise<void>;
}

interface Caught extends MailHeading {
  readonly text: string;
  readonly html: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

class Mails {
  /** The newest first. */
  readonly all: Caught[] = [];
  private caught = 0;
  private waiting: (() => void)[] = [];

  add(to: string, mail: ParsedMail): void {
    this.caught += 1;
    this.all.unshift({
      id: this.caught,
      to,
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      html: typeof mail.html === 'string' ? mail.html : '',
      headers: mail.headerLines.map(({ line }) => {
        const colon = line.indexOf(':');
        return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
      }),
    });
    this.all.splice(KEPT);
    for (const wake of this.waiting.splice(0)) wake();
  }

  newest(to: string): Caught | undefined {
    return this.all.find((mail) => mail.to === to.toLowerCase());
  }

  /** As `newest`, and waits so many seconds for one that `suits`. */
  async awaited(to: string, seconds: number, suits: (mail: Caught) => boolean): Promise<Caught | null> {
    const deadline = AbortSignal.timeout(seconds * 1000);
    for (;;) {
      const mail = this.newest(to);
      if (mail !== undefined && suits(mail)) return mail;
      if (deadline.aborted) return null;
      await new Promise<void>((wake) => {
        this.waiting.push(wake);
        deadline.addEventListener('abort', () => wake(), { once: true });
      });
    }
  }
}

/** The first two ports are on 127.0.0.1; `gateway` is where the pages find the API. Rejects with ListenError; nothing is left listening then. */
export function startMailbox(ports: { smtp: number; page: number; gateway: number }): Promise<Mailbox> {
  return startInSteps(async (cleanup) => {
    const mails = new Mails();
    const smtp = await startSmtp(ports.smtp, mails);
    cleanup.defer(() => new Promise<void>((closed) => smtp.close(closed)));
    const page = await startPage(ports, mails);
    cleanup.defer(() => page.close());
    return {};
  });
}

async function startSmtp(port: number, mails: Mails): Promise<SMTPServer> {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    closeTimeout: 1000,
    async onData(stream, session, callback) {
      try {
        const mail = await simpleParser(stream);
        for (const { address } of session.envelope.rcptTo) mails.add(address.toLowerCase(), mail);
        callback();
      } catch (error) {
        callback(error as Error);
      }
    },
  });
  // A client that closes its connection early is not an error.
  smtp.on('error', () => {});
  smtp.listen(port, HOST);
  await once(smtp.server, 'listening').catch((error) => {
    throw new ListenError('MAILBOX_SMTP_PORT', { host: HOST, port }, error);
  });
  return smtp;
}

type WithId = { Params: { id: string } };
type WithAddress = { Querystring: { to?: string; wait?: string } };

async function startPage(
  { page: port, gateway }: { page: number; gateway: number },
  mails: Mails,
): Promise<FastifyInstance> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
    });
    // Otherwise another web page could resolve its own name to this address (DNS rebinding), and read reset links.
    if (!isLocal(request.host)) await reply.code(421).send('Ask for 127.0.0.1 or localhost.\n');
  });
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(listPage(mails.all)));
  app.get<WithId>('/mails/:id', (request, reply) => {
    const mail = withId(mails, request.params.id);
    return mail === undefined
      ? reply.code(404).send('There is no such mail.\n')
      : reply.type('text/html; charset=utf-8').send(messagePage(mail));
  });
  app.get<WithId>('/mails/:id/html', (request, reply) => {
    const mail = withId(mails, request.params.id);
    if (mail === undefined) return reply.code(404).send('There is no such mail.\n');
    reply.header('content-security-policy', withoutScripts);
    // Links open in a new tab, because their pages do not work inside the frame.
    return reply.type('text/html; charset=utf-8').send(`<base target="_blank">${mail.html}`);
  });
  app.get<WithAddress>('/latest.txt', async (request, reply) => {
    const mail = await latest(mails, request.query, () => true);
    return mail === null ? reply.code(404).send('No mail.\n') : reply.type('text/plain').send(mail.text);
  });
  app.get<WithAddress>('/latest.token', async (request, reply) => {
    const mail = await latest(mails, request.query, ({ text }) => TOKEN.test(text));
    if (mail === null) return reply.code(404).send('No mail with a token.\n');
    return reply.type('text/plain').send(`${TOKEN.exec(mail.text)![0]}\n`);
  });
  servePortal(app, gateway);
  await app.listen({ host: HOST, port }).catch((error) => {
    throw new ListenError('MAILBOX_PORT', { host: HOST, port }, error);
  });
  return app;
}

/** Their policy lets them run one script, and ask the gateway on this machine. */
function servePortal(app: FastifyInstance, gateway: number): void {
  const origins = ['localhost', '127.0.0.1'].map((host) => `http://${host}:${gateway}`);
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src ${origins.join(' ')}; frame-ancestors 'none'`;
  for (const path of Object.keys(PORTAL_PAGES)) {
    app.get(path, (_request, reply) =>
      reply
        .header('content-security-policy', policy)
        .type('text/html; charset=utf-8')
        .send(portalPage(path, gateway)),
    );
  }
  app.get('/portal.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(PORTAL_SCRIPT),
  );
}

function latest(
  mails: Mails,
  { to = '', wait = '0' }: WithAddress['Querystring'],
  suits: (mail: Caught) => boolean,
): Promise<Caught | null> {
  const seconds = Math.min(Number.parseInt(wait, 10) || 0, MAX_WAIT_SECONDS);
  return mails.awaited(to, seconds, suits);
}

function withId(mails: Mails, id: string): Caught | undefined {
  return mails.all.find((mail) => String(mail.id) === id);
}

function isLocal(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}
