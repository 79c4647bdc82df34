import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { makeSession, PASSWORD } from '../../support/people/account.js';

const OUT = 'mutation { signOutEverywhere { userErrors { code } } }';
const VIEWER = '{ viewer { account { email } } }';

describe('signOutEverywhere', () => {
  const gateway = useGateway();

  const isSignedIn = async (token: string) =>
    (await gateway.call({ query: VIEWER, token })).errors === undefined;

  it('ends all sessions of the account, this one among them, and nobody else’s', async () => {
    const anna = await gateway.account();
    const others = [await makeSession(gateway.redis.url, anna), await makeSession(gateway.redis.url, anna)];
    const bert = await gateway.account();
    const { data, headers } = await gateway.call({ query: OUT, token: anna.token });
    expect(data.signOutEverywhere.userErrors).toEqual([]);
    expect((headers['set-cookie'] as string[])[0]).toMatch(/^__Host-session=; .*Expires=Thu, 01 Jan 1970/);
    for (const token of [anna.token, ...others]) expect(await isSignedIn(token)).toBe(false);
    expect(await isSignedIn(bert.token)).toBe(true);
    expect(await gateway.store.keys(`account-sessions:${anna.id}`)).toEqual([]);
    expect(await gateway.store.keys('session:*')).toHaveLength(1);
  });

  it('does not keep the person from signing in again', async () => {
    const { email, token } = await gateway.account();
    await gateway.call({ query: OUT, token });
    const query = `mutation { signIn(input: { email: "${email}", password: "${PASSWORD}", delivery: BEARER }) { session { token } } }`;
    const { data } = await gateway.call({ query });
    expect(await isSignedIn(data.signIn.session.token)).toBe(true);
  });
});
