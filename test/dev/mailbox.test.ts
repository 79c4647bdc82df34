import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { parse, validate } from 'graphql';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { type Mailbox, startMailbox } from '../../src/dev/mailbox.js';
import { PORTAL_PAGES } from '../../src/dev/portal-pages.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { read, repositoryFiles } from '../repo/source-files.js';

const TOKEN = 'a-token-that-is-long-enough-to-be-copied_1';

const schema = buildOpenSchema();

describe('the mailbox of npm start', () => {
  let mailbox: Mailbox;
  let page: string;
  let smtp: string;
  beforeAll(async () => {
    const ports = { smtp: await freePort(), page: await freePort(), gateway: 4321 };
    mailbox = await startMailbox(ports);
    page = `http://127.0.0.1:${ports.page}`;
    smtp = `smtp://127.0.0.1:${ports.smtp}`;
  });
  afterAll(() => mailbox?.stop());

  const send = (to: string, mail: { subject?: string; text?: string; html?: string } = {}) =>
    createTransport(smtp).sendMail({ from: 'mail@example.com', to, subject: 'Hello', text: 'Text', ...mail });
  const get = async (path: string) => {
    const answer = await fetch(page + path);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  it('lists mails, the newest first, and shows one with its text and header', async () => {
    await send('anna@example.com', { subject: 'First' });
    await send('anna@example.com', { subject: 'Second', text: 'What it says' });
    const list = (await get('/')).text;
    expect(list.indexOf('Second')).toBeGreaterThan(0);
    expect(list.indexOf('Second')).toBeLessThan(list.indexOf('First'));
    const [path = ''] = /\/mails\/\d+/.exec(list) ?? [];
    const message = (await get(path)).text;
    expect(message).toContain('What it says');
    expect(message).toContain('From: mail@example.com');
  });

  it('returns the newest text and token of an e-mail address to a terminal', async () => {
    await send('ben@example.com', { text: `Your code:\n\n${TOKEN}\n` });
    await send('ben@example.com', { text: 'Thank you' });
    expect((await get('/latest.txt?to=ben@example.com')).text).toContain('Thank you');
    expect((await get('/latest.token?to=ben@example.com')).status).toBe(404);
    await send('Ben@Example.com', { text: `Your code:\n\n${TOKEN}\n` });
    expect((await get('/latest.token?to=ben@example.com')).text).toBe(`${TOKEN}\n`);
  });

  it('lets a terminal wait for a mail that is on its way', async () => {
    const answer = get('/latest.token?to=carla@example.com&wait=30');
    await send('carla@example.com', { text: TOKEN });
    expect((await answer).text).toBe(`${TOKEN}\n`);
  });

  it('lets nothing of a mail run or be loaded', async () => {
    const attack = `<script>alert(1)</script><img src="https://example.com/seen">`;
    await send('dora@example.com', { subject: attack, text: attack, html: attack });
    const list = await get('/');
    expect(list.text).not.toContain('<script>');
    const [path = ''] = /\/mails\/\d+/.exec(list.text) ?? [];
    expect((await get(path)).text).not.toContain('<script>');
    const html = await get(`${path}/html`);
    expect(html.text).toContain('<script>');
    const policy = html.headers.get('content-security-policy');
    expect(policy).toMatch(/default-src 'none'.*sandbox/);
    expect(policy).not.toMatch(/allow-scripts|allow-same-origin|img-src/);
  });

  it('answers only requests for a name of this machine, so that no other web page can read mails', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${page}/`, { headers: { host: 'attacker.example' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(status).toBe(421);
  });

  it.each(['MAILBOX_SMTP_PORT', 'MAILBOX_PORT'] as const)(
    'names %s when it is taken, and leaves nothing listening',
    async (setting) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const free = await freePort();
      const ports =
        setting === 'MAILBOX_PORT'
          ? { smtp: free, page: port, gateway: 1 }
          : { smtp: port, page: free, gateway: 1 };
      await expect(startMailbox(ports)).rejects.toThrow(
        `${setting}: cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
      );
      await (await startMailbox({ smtp: free, page: await freePort(), gateway: 1 })).stop();
      taken.close();
    },
  );

  it.each(Object.keys(PORTAL_PAGES))('stands in for the portal at %s', async (path) => {
    const { text, headers } = await get(path);
    expect(text).toContain(PORTAL_PAGES[path]!.title);
    const [, query = ''] = /data-query="([^"]*)"/.exec(text) ?? [];
    expect(validate(schema, parse(query))).toEqual([]);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; " +
        "connect-src http://localhost:4321 http://127.0.0.1:4321; frame-ancestors 'none'",
    );
  });

  it('has a page for every link of a mail', () => {
    const composed = repositoryFiles().filter((path) => /^src\/.*(\/mails\/|composer)/.test(path));
    const paths = composed.flatMap((file) =>
      [...read(file).matchAll(/(?:portalUrl\}|link', ')(\/[a-z-]+)/g)].map(([, path]) => path!),
    );
    expect([...new Set(paths)].sort()).toEqual(Object.keys(PORTAL_PAGES).sort());
  });

  it('keeps the newest hundred', async () => {
    const transport = createTransport({ url: smtp, pool: true });
    for (let count = 1; count <= 101; count += 1) {
      await transport.sendMail({
        from: 'mail@example.com',
        to: 'ed@example.com',
        subject: `No ${count}.`,
        text: '',
      });
    }
    transport.close();
    const list = (await get('/')).text;
    expect(list.match(/<li>/g)).toHaveLength(100);
    expect(list).toContain('No 101.');
    expect(list).toContain('No 2.');
    expect(list).not.toContain('No 1.');
  });
});
