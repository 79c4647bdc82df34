import { request } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import type { TestAccount } from '../support/people/account.js';
import { linkToken } from '../support/people/links.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ONE_CLICK = { method: 'POST', headers: FORM, body: 'List-Unsubscribe=One-Click' };

describe('an unsubscribe link', () => {
  const gateway = useGateway();
  let account: TestAccount;
  let link: string;
  beforeEach(async () => {
    account = await gateway.account({ country: 'US' });
    link = linkTo(linkToken('unsubscribe-link', account.id));
  });

  const linkTo = (token: string) => new URL(`/unsubscribe/${token}`, gateway.url).href;
  const ledger = (id: string) =>
    gateway.query('SELECT purpose, granted, source FROM consent WHERE account_id = $1', [id]);
  const ENTRY = { purpose: 'marketing', granted: false, source: 'unsubscribe' };

  it.each<[string, () => RequestInit]>([
    ['as a form', () => ONE_CLICK],
    [
      'as a multipart form',
      () => {
        const body = new FormData();
        body.append('List-Unsubscribe', 'One-Click');
        return { method: 'POST', body };
      },
    ],
    [
      'as a multipart form with a quoted boundary',
      () => ({
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary="----FormBoundary"' },
        body: '------FormBoundary\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n------FormBoundary--\r\n',
      }),
    ],
  ])('stops marketing when it is posted %s, without a session', async (_how, init) => {
    const answer = await fetch(link, { ...init(), redirect: 'manual' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('You are unsubscribed');
    expect(await ledger(account.id)).toEqual([ENTRY]);
  });

  it('changes nothing when it is posted again', async () => {
    for (const _time of [1, 2, 3]) expect((await fetch(link, ONE_CLICK)).status).toBe(200);
    expect(await ledger(account.id)).toHaveLength(1);
  });

  it('changes nothing when it is opened, by a person or by a scanner', async () => {
    const opened = await fetch(link, { headers: { 'user-agent': 'scanner' } });
    expect(opened.status).toBe(200);
    expect(await opened.text()).toContain('<form method="post">');
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect((await fetch(link, { method })).status, method).toBe(404);
    }
    expect(await ledger(account.id)).toEqual([]);
  });

  it('shows a page with a button that unsubscribes', async () => {
    const page = await (await fetch(link)).text();
    const [, name = '', value = ''] = /<input type="hidden" name="([^"]+)" value="([^"]+)">/.exec(page) ?? [];
    const body = new URLSearchParams([[name, value]]);
    expect((await fetch(link, { method: 'POST', body })).status).toBe(200);
    expect(await ledger(account.id)).toEqual([ENTRY]);
  });

  it.each<[string, RequestInit]>([
    ['nothing', { method: 'POST' }],
    ['another form', { ...ONE_CLICK, body: 'List-Unsubscribe=No' }],
    [
      'a form that is broken',
      { ...ONE_CLICK, headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    ],
    ['JSON', { ...ONE_CLICK, headers: { 'content-type': 'application/json' } }],
  ])('changes nothing when %s is posted', async (_what, init) => {
    const answer = await fetch(link, init);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('That did not work');
    expect(await ledger(account.id)).toEqual([]);
  });

  it('refuses a body that is too large', async () => {
    const answer = await fetch(link, {
      ...ONE_CLICK,
      body: `List-Unsubscribe=One-Click&x=${'x'.repeat(5000)}`,
    });
    expect(answer.status).toBe(413);
    expect(await ledger(account.id)).toEqual([]);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['a false one', () => 'x'.repeat(94)],
    ['a longer one', () => 'x'.repeat(2000)],
    ['an empty one', () => ''],
    ['one of another kind', () => linkToken('password-reset-link', account.id)],
    ['one that is too old', () => linkToken('unsubscribe-link', account.id, Date.now() - 1000)],
    [
      'one of an account that is gone',
      async () => {
        const gone = await gateway.account();
        await gateway.query('DELETE FROM account WHERE id = $1', [gone.id]);
        return linkToken('unsubscribe-link', gone.id);
      },
    ],
  ])('gives the same response to %s', async (_what, token) => {
    const other = linkTo(await token());
    for (const init of [{}, ONE_CLICK]) {
      const [asked, known] = await Promise.all([fetch(other, init), fetch(link, init)]);
      expect(asked.status).toBe(known.status);
      expect(withoutDate(asked.headers)).toEqual(withoutDate(known.headers));
      expect(await asked.text()).toBe(await known.text());
    }
  });

  it.each([
    ['de-CH, en;q=0.5', 'de', 'Abbestellen'],
    ['fr, es;q=0.8, en;q=0.3', 'es', 'Cancelar la suscripción'],
    ['es;q=0, en-US', 'en', 'Unsubscribe'],
    ['fr', 'en', 'Unsubscribe'],
    [';;q=,,x', 'en', 'Unsubscribe'],
  ])('is in the language of a browser that accepts %s', async (accepted, lang, button) => {
    const page = await (await fetch(link, { headers: { 'accept-language': accepted } })).text();
    expect(page).toContain(`<html lang="${lang}">`);
    expect(page).toContain(`<button>${button}</button>`);
  });

  it('sets no cookie, loads nothing, and is not cached', async () => {
    for (const init of [{}, ONE_CLICK]) {
      const { headers } = await fetch(link, init);
      expect(headers.get('set-cookie')).toBeNull();
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-robots-tag')).toBe('noindex, nofollow');
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
    }
  });

  it('reports an error when Postgres fails, so that mail programs try again', async () => {
    await gateway.query('ALTER TABLE consent RENAME TO consent_elsewhere');
    const answer = await fetch(link, ONE_CLICK);
    await gateway.query('ALTER TABLE consent_elsewhere RENAME TO consent');
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('That did not work');
    expect(gateway.log.at(-1)).toContain('"event":"request.failed"');
    expect(gateway.log.join('')).not.toContain(link.split('/').at(-1));
    expect((await fetch(link, ONE_CLICK)).status).toBe(200);
    expect(await ledger(account.id)).toEqual([ENTRY]);
  });

  it('does not let a page of another site call the API', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = request(gateway.url, { method: 'POST', headers: FORM }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.end('query={viewer{account{id}}}');
    });
    expect(status).toBe(415);
  });
});

function withoutDate(headers: Headers): Record<string, string> {
  const { date: _date, ...others } = Object.fromEntries(headers);
  return others;
}
