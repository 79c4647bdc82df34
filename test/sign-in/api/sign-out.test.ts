import { describe, expect, it } from 'vitest';
import { SignOut, ViewerAccount } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';

describe('signOut', () => {
  const gateway = useGateway();

  it('ends the session that the request presents, and no other', async () => {
    const [token, other] = [await gateway.user(), await gateway.user()];
    const answer = await gateway.ask(SignOut, {}, { token });
    expect(answer.data).toEqual({ signOut: { userErrors: [] } });
    const { errors } = await gateway.ask(ViewerAccount, {}, { token });
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect((await gateway.ask(ViewerAccount, {}, { token: other })).errors).toBeUndefined();
  });

  it('ends a session that was presented as a cookie, and deletes the cookie', async () => {
    const token = await gateway.user();
    const cookie = `__Host-session=${token}`;
    const { headers } = await gateway.ask(SignOut, {}, { headers: { cookie } });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-session=; .*Expires=Thu, 01 Jan 1970 00:00:00 GMT/),
    ]);
    expect(headers['set-cookie']?.[0]).toMatch(/; Secure/);
    const { errors } = await gateway.ask(ViewerAccount, {}, { headers: { cookie } });
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });

  it('may be said twice, and by anyone', async () => {
    const token = await gateway.user();
    for (const request of [{ token }, { token }, {}, { token: 'none' }]) {
      const answer = await gateway.ask(SignOut, {}, request);
      expect(answer.data).toEqual({ signOut: { userErrors: [] } });
    }
  });
});
