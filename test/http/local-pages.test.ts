import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { PASSWORD } from '../support/people/account.js';

const LOCAL = [
  'http://localhost:5173',
  'http://localhost',
  'https://localhost:8443',
  'http://127.0.0.1:3000',
  'http://[::1]:3000',
];
const ELSEWHERE = [
  'http://localhost.evil.example',
  'http://evil.example/localhost',
  'http://127.0.0.1.evil.example:3000',
  'http://127.0.0.11:3000',
  'http://user@localhost:3000',
  'http://localhost:123456',
  'file://localhost',
  'null',
];
const SIGN_IN = `mutation ($email: String!, $password: String!, $delivery: SessionDelivery!) {
  signIn(input: { email: $email, password: $password, delivery: $delivery }) { session { token } userErrors { code } }
}`;

describe('a page that a frontend developer serves on this machine', () => {
  let development: TestGateway;
  let production: TestGateway;
  beforeAll(async () => {
    [development, production] = await Promise.all([
      startTestGateway(),
      startTestGateway({ config: { production: true } }),
    ]);
  });
  afterAll(() => Promise.all([development?.stop(), production?.stop()]));

  async function answered(gateway: TestGateway, origin: string) {
    const asked = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const preflight = await fetch(gateway.url, { method: 'OPTIONS', headers: asked });
    const { status } = await fetch(gateway.url, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: '{"query":"{ policy { version } }"}',
    });
    return { allowed: preflight.headers.get('access-control-allow-origin'), status };
  }

  it.each(LOCAL)('may use the API in development (%s), and not in production', async (origin) => {
    expect(await answered(development, origin)).toEqual({ allowed: origin, status: 200 });
    expect(await answered(production, origin)).toEqual({ allowed: null, status: 403 });
  });

  it.each(ELSEWHERE)('is not one of %s', async (origin) => {
    expect(await answered(development, origin)).toEqual({ allowed: null, status: 403 });
  });

  it('is refused at once when its browser would not keep the session, and no session begins', async () => {
    const { email } = await development.account();
    const signIn = (site: string, delivery: string) =>
      development.call({
        query: SIGN_IN,
        variables: { email, password: PASSWORD, delivery },
        headers: { origin: 'http://localhost:5173', 'sec-fetch-site': site },
      });
    const lost = await signIn('cross-site', 'COOKIE');
    expect(lost.errors).toEqual([
      expect.objectContaining({
        message:
          'A browser does not store the session cookie for a page of another site, nor for a page of another machine over ' +
          'plain HTTP. Serve the page and the API under one host name (localhost and 127.0.0.1 are different), over HTTPS ' +
          'or on localhost, or request delivery BEARER.',
        extensions: { code: 'BAD_USER_INPUT', argument: 'input.delivery' },
      }),
    ]);
    expect(lost.headers['set-cookie']).toBeUndefined();
    const elsewhere = await development.call({
      query: SIGN_IN,
      variables: { email, password: PASSWORD, delivery: 'COOKIE' },
      headers: {
        origin: new URL(development.url).origin.replace('127.0.0.1', '192.0.2.1'),
        host: new URL(development.url).host.replace('127.0.0.1', '192.0.2.1'),
      },
    });
    expect(elsewhere.errors?.[0]).toMatchObject({ extensions: { argument: 'input.delivery' } });
    const kept = await signIn('same-site', 'COOKIE');
    expect(kept.data.signIn).toEqual({ session: { token: null }, userErrors: [] });
    expect(String(kept.headers['set-cookie'])).toContain('__Host-session=');
    const bearer = await signIn('cross-site', 'BEARER');
    expect(bearer.data.signIn.session.token).toEqual(expect.any(String));
    expect(await development.store.keys('session:*')).toHaveLength(3);
  });
});
