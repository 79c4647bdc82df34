import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OutgoingMail, SmtpClient, SmtpError } from '../../src/mail/smtp.js';
import { loadProcessors } from '../../src/services/policy/processors.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';

const FROM = 'CyberSapceVPN <mail@cyberspacevpn.example>';
const ADA = 'ada@example.com';

function mail(to: string, more: Partial<OutgoingMail> = {}): OutgoingMail {
  return { to, subject: 'Grüße', text: 'text', html: '<p>html</p>', id: 'an-id', headers: {}, ...more };
}

describe('the SMTP client', () => {
  let server: MailServer;
  let client: SmtpClient;
  const open = async (url: string) =>
    new SmtpClient(url, FROM, await loadProcessors('policy/processors.json'));
  beforeAll(async () => {
    server = await startMailServer();
    client = await open(server.url);
  });
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  const errorOf = async (sent: Promise<void>) => {
    const error = await sent.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SmtpError);
    const { code, message, permanent, away, certain } = error as SmtpError;
    expect(message).toBe(code);
    return { code, permanent, away, certain };
  };

  it('sends a mail with text and HTML, once, to one recipient', async () => {
    await client.send(mail(ADA));
    const received = await server.next(ADA);
    expect(received.subject).toBe('Grüße');
    expect(received.text?.trim()).toBe('text');
    expect(received.html).toContain('<p>html</p>');
    expect(server.accepted).toHaveLength(1);
  });

  it('writes the usual header fields, and none that reveals this software or machine', async () => {
    await client.send(mail(ADA, { headers: { 'List-Unsubscribe': '<https://example.com/u>' } }));
    const received = await server.next(ADA);
    expect([...received.headers.keys()].sort()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'list',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(received.headers.get('auto-submitted')).toBe('auto-generated');
    expect(received.messageId).toBe('<an-id@cyberspacevpn.example>');
    expect(received.clientName).toBe('cyberspacevpn.example');
    expect(received.raw).not.toContain(hostname());
    expect(received.raw).not.toMatch(/nodemailer/i);
  });

  it.each([
    ['a second recipient', 'ada@example.com, eve@example.com'],
    ['a recipient in angle brackets', 'Ada <eve@example.com>'],
    ['a header field', 'ada@example.com\r\nBcc: eve@example.com'],
    ['an SMTP command', 'ada@example.com>\r\nRCPT TO:<eve@example.com'],
  ])('sends nothing to others when an address smuggles %s', async (_what, to) => {
    await client.send(mail(to)).catch(() => {});
    expect(server.accepted.filter(({ to }) => to === 'eve@example.com')).toEqual([]);
  });

  it('does not let a line break in a subject create a header field', async () => {
    await client.send(mail(ADA, { subject: 'Hello\r\nBcc: eve@example.com\r\n\r\nbody' }));
    const received = await server.next(ADA);
    expect(received.bcc).toBeUndefined();
    expect(received.text?.trim()).toBe('text');
  });

  it('does not read a file that is named in place of a text', async () => {
    const html = { path: '/etc/hostname' } as unknown as string;
    await expect(client.send(mail(ADA, { html }))).rejects.toMatchObject({ code: 'UNLISTED_FIELD' });
  });

  it.each([
    ['a recipient that is unknown', 550, 'recipient', true],
    ['a mailbox that is busy', 450, 'recipient', false],
    ['a message that is not wanted', 554, 'message', true],
    ['a message that cannot be stored now', 451, 'message', false],
  ] as const)('reports %s by its code alone', async (_what, code, at, permanent) => {
    const to = `${code}@example.com`;
    void server.refuse(to, code, at);
    expect(await errorOf(client.send(mail(to)))).toMatchObject({
      code: String(code),
      permanent,
      away: false,
    });
    await client.send(mail(to));
  });

  it('distinguishes a server that is away from a mail that was refused', async () => {
    await server.goAway();
    expect(await errorOf(client.send(mail(ADA)))).toMatchObject({
      permanent: false,
      away: true,
      certain: true,
    });
    await server.comeBack();
    await client.send(mail(ADA));
  });

  it('stops when it is aborted', async () => {
    const held = server.hold('slow@example.com');
    const giveUp = new AbortController();
    const sent = client.send(mail('slow@example.com'), giveUp.signal);
    await held.arrived;
    giveUp.abort();
    expect(await errorOf(sent)).toMatchObject({ code: 'EABORT', permanent: false });
    held.release();
  });

  it('sends nothing that the register of processors does not list', async () => {
    const unlisted = mail('x@example.com', { headers: { 'X-Account': '1' } });
    await expect(client.send(unlisted)).rejects.toMatchObject({ code: 'UNLISTED_FIELD' });
    expect(server.accepted.filter(({ to }) => to === 'x@example.com')).toEqual([]);
  });

  it('checks the certificate of a server that is not on this machine', async () => {
    const secure = await startMailServer({ secure: true });
    const remote = await open(secure.url.replace('127.0.0.1', '0.0.0.0'));
    expect(await errorOf(remote.send(mail('tls@example.com')))).toMatchObject({
      permanent: false,
      away: true,
    });
    const local = await open(secure.url);
    await local.send(mail('tls@example.com'));
    expect(secure.accepted).toHaveLength(1);
    for (const each of [remote, local]) each.close();
    await secure.stop();
  });

  it('requires TLS of a server that is not on this machine', async () => {
    const { port } = new URL(server.url);
    const remote = await open(`smtp://0.0.0.0:${port}`);
    expect(await errorOf(remote.send(mail('plain@example.com')))).toMatchObject({ permanent: false });
    remote.close();
    expect(server.accepted.filter(({ to }) => to === 'plain@example.com')).toEqual([]);
  });
});
