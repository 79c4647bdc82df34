import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { makeSession, PASSWORD, type TestAccount } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { assertion, enrolPasskey } from '../../support/people/second-factors.js';

const REMOVE = `mutation ($input: RemovePasskeyInput!) {
  removePasskey(input: $input) { userErrors { field code } }
}`;
const VIEWER = '{ viewer { secondFactors { recoveryCodesLeft passkeys { id } } } }';
const SIGN_IN =
  'mutation ($input: SignInWithPasskeyInput!) { signInWithPasskey(input: $input) { userErrors { field code } } }';

describe('removePasskey', () => {
  const gateway = useGateway();

  const remove = async ({ token, fresh: headers }: TestAccount, input: { id: string; password?: string }) =>
    errorsOf(
      (await gateway.call({ query: REMOVE, variables: { input }, token, headers })).data.removePasskey,
    );
  const viewer = async ({ token }: TestAccount) =>
    (await gateway.call({ query: VIEWER, token })).data.viewer.secondFactors;

  it('makes the passkey worthless, ends the other sessions, and notifies the owner', async () => {
    const anna = await gateway.account();
    const { id, authenticator } = await enrolPasskey(gateway, anna);
    const kept = await enrolPasskey(gateway, anna);
    const elsewhere = await makeSession(gateway.redis.url, { ...anna, secondFactor: true });
    expect(await remove(anna, { id })).toEqual([]);
    expect(await viewer(anna)).toEqual({ recoveryCodesLeft: 10, passkeys: [{ id: kept.id }] });
    expect(await gateway.sessions.find(elsewhere)).toBeNull();
    const input = { response: await assertion(gateway, authenticator) };
    const { data } = await gateway.call({ query: SIGN_IN, variables: { input } });
    expect(errorsOf(data.signInWithPasskey)).toEqual([{ field: null, code: 'PASSKEY_REFUSED' }]);
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: anna.id,
      change: 'passkey-removed',
    });
  });

  it('wants the password with the last one, and takes the recovery codes with it', async () => {
    const anna = await gateway.account();
    const { id } = await enrolPasskey(gateway, anna);
    expect(await remove(anna, { id })).toEqual([{ field: 'password', code: 'PASSWORD_NEEDED' }]);
    expect(await remove(anna, { id, password: 'not this one, surely' })).toEqual([
      { field: 'password', code: 'PASSWORD_WRONG' },
    ]);
    expect((await viewer(anna)).passkeys).toEqual([{ id }]);
    expect(await remove(anna, { id, password: PASSWORD })).toEqual([]);
    expect(await viewer(anna)).toEqual({ recoveryCodesLeft: 0, passkeys: [] });
    expect(await gateway.sessions.find(anna.token)).toMatchObject({ secondFactor: false });
  });

  it('refuses a password that is too short to stand alone with PASSWORD_TOO_SHORT', async () => {
    const anna = await gateway.account({ password: 'gr8 pass' });
    const { id } = await enrolPasskey(gateway, anna);
    expect(await remove(anna, { id, password: 'gr8 pass' })).toEqual([
      { field: 'password', code: 'PASSWORD_TOO_SHORT' },
    ]);
    expect((await viewer(anna)).passkeys).toEqual([{ id }]);
  });

  it('takes no action of staff in the session any more, once the last one is gone', async () => {
    const anna = await gateway.account({ role: 'admin' });
    const { id } = await enrolPasskey(gateway, anna);
    await remove(anna, { id, password: PASSWORD });
    const { errors } = await gateway.call({ query: '{ allowlist { totalCount } }', token: anna.token });
    expect(errors?.[0]?.extensions?.code).toBe('SECOND_FACTOR_REQUIRED');
  });

  it('refuses another account’s passkey, an unknown one and what is no id with PASSKEY_UNKNOWN', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    await enrolPasskey(gateway, anna);
    const { id } = await enrolPasskey(gateway, bert);
    for (const wrong of [id, randomUUID(), 'no id', '']) {
      expect(await remove(anna, { id: wrong, password: PASSWORD })).toEqual([
        { field: 'id', code: 'PASSKEY_UNKNOWN' },
      ]);
    }
    expect((await viewer(bert)).passkeys).toEqual([{ id }]);
  });
});
