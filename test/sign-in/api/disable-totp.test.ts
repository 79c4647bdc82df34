import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { makeSession, PASSWORD, type TestAccount } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { enrolPasskey, enrolTotp } from '../../support/people/second-factors.js';

const DISABLE = `mutation ($input: DisableTotpInput!) {
  disableTotp(input: $input) { userErrors { field code } }
}`;
const VIEWER = '{ viewer { secondFactors { totpEnabled recoveryCodesLeft } } }';

describe('disableTotp', () => {
  const gateway = useGateway();

  const disable = async ({ token, fresh: headers }: TestAccount, input: { password?: string } = {}) =>
    (await gateway.call({ query: DISABLE, variables: { input }, token, headers })).data.disableTotp;
  const viewer = async ({ token }: TestAccount) =>
    (await gateway.call({ query: VIEWER, token })).data.viewer.secondFactors;

  it('takes the last second factor away with the password, and the recovery codes with it', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    expect(errorsOf(await disable(anna, { password: PASSWORD }))).toEqual([]);
    expect(await viewer(anna)).toEqual({ totpEnabled: false, recoveryCodesLeft: 0 });
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: anna.id,
      change: 'totp-disabled',
    });
  });

  it('ends the other sessions, and in this one no second factor counts any more', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    const elsewhere = await makeSession(gateway.redis.url, { ...anna, secondFactor: true });
    await disable(anna, { password: PASSWORD });
    expect(await gateway.sessions.find(elsewhere)).toBeNull();
    expect(await gateway.sessions.find(anna.token)).toMatchObject({ secondFactor: false });
  });

  it('needs no password while another second factor is left, and leaves recovery codes and this session', async () => {
    const anna = await gateway.account({ password: 'eight888' });
    await enrolTotp(gateway, anna);
    await enrolPasskey(gateway, anna);
    const elsewhere = await makeSession(gateway.redis.url, { ...anna, secondFactor: true });
    expect(errorsOf(await disable(anna))).toEqual([]);
    expect(await viewer(anna)).toEqual({ totpEnabled: false, recoveryCodesLeft: 10 });
    expect(await gateway.sessions.find(elsewhere)).toBeNull();
    expect(await gateway.sessions.find(anna.token)).toMatchObject({ secondFactor: true });
  });

  it('refuses to take the last one away without the password: PASSWORD_NEEDED', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    expect(errorsOf(await disable(anna))).toEqual([{ field: 'password', code: 'PASSWORD_NEEDED' }]);
    expect(await viewer(anna)).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });
  });

  it('refuses a password that is too short to stand alone with PASSWORD_TOO_SHORT', async () => {
    const anna = await gateway.account({ password: 'gr8 pass' });
    await enrolTotp(gateway, anna);
    expect(errorsOf(await disable(anna, { password: 'gr8 pass' }))).toEqual([
      { field: 'password', code: 'PASSWORD_TOO_SHORT' },
    ]);
    expect(await viewer(anna)).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });
  });

  it('refuses a wrong password with PASSWORD_WRONG, and further ones with TOO_MANY_ATTEMPTS', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    for (let count = 0; count < 10; count += 1) {
      const payload = await disable(anna, { password: 'not this one, surely' });
      expect(errorsOf(payload)).toEqual([{ field: 'password', code: 'PASSWORD_WRONG' }]);
    }
    expect(errorsOf(await disable(anna, { password: PASSWORD }))).toEqual([
      { field: null, code: 'TOO_MANY_ATTEMPTS' },
    ]);
    expect(await viewer(anna)).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });
  });

  it('refuses an account without an app, or with one that was not confirmed, with TOTP_NOT_ENABLED', async () => {
    const anna = await gateway.account();
    const { token, fresh: headers } = anna;
    const notEnabled = [{ field: null, code: 'TOTP_NOT_ENABLED' }];
    expect(errorsOf(await disable(anna, { password: PASSWORD }))).toEqual(notEnabled);
    await gateway.call({ query: 'mutation { startTotp { secret } }', token, headers });
    expect(errorsOf(await disable(anna, { password: PASSWORD }))).toEqual(notEnabled);
  });

  it('does not let app and passkey be taken away at the same time without the password', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    const { id } = await enrolPasskey(gateway, anna);
    const { token, fresh: headers } = anna;
    const remove = `mutation { removePasskey(input: { id: "${id}" }) { userErrors { field code } } }`;
    const [totp, passkey] = await Promise.all([
      disable(anna),
      gateway.call({ query: remove, token, headers }).then(({ data }) => data.removePasskey),
    ]);
    const refused = [...errorsOf(totp), ...errorsOf(passkey)];
    expect(refused).toEqual([{ field: 'password', code: 'PASSWORD_NEEDED' }]);
    expect((await viewer(anna)).recoveryCodesLeft).toBe(10);
  });
});
