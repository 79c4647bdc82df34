import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const SIGN_OUT = 'mutation { signOut { userErrors { code } } }';
const VIEWER = '{ viewer { account { email } } }';

describe('signOut', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.stop());

  it('ends the session that the request presents, and no other', async () => {
    const [token, other] = [await gateway.user(), await gateway.user()];
    const answer = await gateway.call({ query: SIGN_OUT, token });
    expect(answer.data).toEqual({ signOut: { userErrors: [] } });
    const { errors } = await gateway.call({ query: VIEWER, token });
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect((await gateway.call({ query: VIEWER, token: other })).errors).toBeUndefined();
  });

  it('ends a session that was presented as a cookie, and deletes the cookie', async () => {
    const token = await gateway.user();
    const cookie = `__Host-session=${token}`;
    const { headers } = await gateway.call({ query: SIGN_OUT, headers: { cookie } });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-session=; .*Expires=Thu, 01 Jan 1970 00:00:00 GMT/),
    ]);
    expect(headers['set-cookie']?.[0]).toMatch(/; Secure/);
    const { errors } = await gateway.call({ query: VIEWER, headers: { cookie } });
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });

  it('may be said twice, and by anyone', async () => {
    const token = await gateway.user();
    for (const request of [{ token }, { token }, {}, { token: 'none' }]) {
      const answer = await gateway.call({ query: SIGN_OUT, ...request });
      expect(answer.data).toEqual({ signOut: { userErrors: [] } });
    }
  });
});
