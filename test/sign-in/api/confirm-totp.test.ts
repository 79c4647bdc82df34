import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { freshFactor, makeSession, type TestAccount } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { codeOf, enrolPasskey, enrolTotp } from '../../support/people/second-factors.js';

const CONFIRM = `mutation ($input: ConfirmTotpInput!) {
  confirmTotp(input: $input) { recoveryCodes userErrors { field code } }
}`;
const VIEWER = '{ viewer { secondFactors { totpEnabled recoveryCodesLeft } } }';

describe('confirmTotp', () => {
  const gateway = useGateway();

  const start = async ({ token, fresh: headers }: TestAccount): Promise<string> => {
    const { data } = await gateway.call({ query: 'mutation { startTotp { secret } }', token, headers });
    return data.startTotp.secret;
  };
  const confirm = async ({ token, fresh: headers }: TestAccount, code: string) =>
    (await gateway.call({ query: CONFIRM, variables: { input: { code } }, token, headers })).data.confirmTotp;
  const viewer = async ({ token }: TestAccount) =>
    (await gateway.call({ query: VIEWER, token })).data.viewer.secondFactors;

  it('makes the app a second factor, and hands out ten recovery codes once', async () => {
    const anna = await gateway.account();
    const secret = await start(anna);
    const { recoveryCodes, userErrors } = await confirm(anna, codeOf(secret));
    expect(userErrors).toEqual([]);
    expect(recoveryCodes).toHaveLength(10);
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const code of recoveryCodes)
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(await viewer(anna)).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });
    const stored = await gateway.query('SELECT digest FROM recovery_code WHERE account_id = $1', [anna.id]);
    expect(stored).toHaveLength(10);
    for (const code of recoveryCodes) expect(JSON.stringify(stored)).not.toContain(code.replaceAll('-', ''));
  });

  it('counts for the session at once, ends the others, which know the password alone, and notifies the owner', async () => {
    const anna = await gateway.account();
    const elsewhere = await makeSession(gateway.redis.url, anna);
    await enrolTotp(gateway, anna);
    expect(await gateway.sessions.find(anna.token)).toMatchObject({ secondFactor: true });
    expect(await gateway.sessions.find(elsewhere)).toBeNull();
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: anna.id,
      change: 'totp-enabled',
    });
  });

  it('lets staff act who could not before', async () => {
    const staff = await gateway.account({ role: 'admin' });
    const token = await makeSession(gateway.redis.url, { id: staff.id, role: 'admin', secondFactor: false });
    const query = '{ allowlist { totalCount } }';
    const refused = await gateway.call({ query, token });
    expect(refused.errors?.[0]?.extensions?.code).toBe('SECOND_FACTOR_REQUIRED');
    await enrolTotp(gateway, { ...staff, token, fresh: freshFactor(token) });
    expect((await gateway.call({ query, token })).errors).toBeUndefined();
  });

  it('takes a code as people type it', async () => {
    const anna = await gateway.account();
    const code = codeOf(await start(anna));
    expect((await confirm(anna, ` ${code.slice(0, 3)} ${code.slice(3)} `)).userErrors).toEqual([]);
  });

  it('leaves the recovery codes and other sessions of an account that had a second factor as they are', async () => {
    const anna = await gateway.account();
    const { recoveryCodes } = await enrolPasskey(gateway, anna);
    expect(recoveryCodes).toHaveLength(10);
    const digests = () =>
      gateway.query('SELECT digest FROM recovery_code WHERE account_id = $1 ORDER BY digest', [anna.id]);
    const before = await digests();
    const elsewhere = await makeSession(gateway.redis.url, anna);
    expect((await enrolTotp(gateway, anna)).recoveryCodes).toBeNull();
    expect(await digests()).toEqual(before);
    expect(await gateway.sessions.find(elsewhere)).not.toBeNull();
  });

  it.each([
    ['wrong', '000000'],
    ['too short', '12345'],
    ['no number', 'abcdef'],
    ['empty', ''],
  ])('refuses a code that is %s with TOTP_CODE_WRONG', async (_what, code) => {
    const anna = await gateway.account();
    const secret = await start(anna);
    const wrong = code === codeOf(secret) ? '000001' : code;
    const payload = await confirm(anna, wrong);
    expect(payload.recoveryCodes).toBeNull();
    expect(errorsOf(payload)).toEqual([{ field: 'code', code: 'TOTP_CODE_WRONG' }]);
    expect(await viewer(anna)).toEqual({ totpEnabled: false, recoveryCodesLeft: 0 });
  });

  it('refuses a code of a secret that was replaced', async () => {
    const anna = await gateway.account();
    const first = await start(anna);
    await start(anna);
    expect(errorsOf(await confirm(anna, codeOf(first)))).toEqual([
      { field: 'code', code: 'TOTP_CODE_WRONG' },
    ]);
  });

  it('refuses a secret that was sealed for another account', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    const secret = await start(anna);
    await start(bert);
    await gateway.query(
      `UPDATE totp SET sealed_secret = (SELECT sealed_secret FROM totp WHERE account_id = $1) WHERE account_id = $2`,
      [anna.id, bert.id],
    );
    expect(errorsOf(await confirm(bert, codeOf(secret)))).toEqual([
      { field: 'code', code: 'TOTP_CODE_WRONG' },
    ]);
  });

  it('refuses what was not started with TOTP_NOT_STARTED, and what is enabled with TOTP_ENABLED', async () => {
    const anna = await gateway.account();
    expect(errorsOf(await confirm(anna, '123456'))).toEqual([{ field: null, code: 'TOTP_NOT_STARTED' }]);
    const { secret } = await enrolTotp(gateway, anna);
    expect(errorsOf(await confirm(anna, codeOf(secret, 'next')))).toEqual([
      { field: null, code: 'TOTP_ENABLED' },
    ]);
  });

  it('enables one of many that confirm at the same time', async () => {
    const anna = await gateway.account();
    const secret = await start(anna);
    const codes = [codeOf(secret), codeOf(secret), codeOf(secret, 'next'), codeOf(secret, 'next')];
    const payloads = await Promise.all(codes.map((code) => confirm(anna, code)));
    expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(await viewer(anna)).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });
  });

  it('refuses the sixth wrong code in a quarter of an hour with TOO_MANY_ATTEMPTS', async () => {
    const anna = await gateway.account();
    const secret = await start(anna);
    for (let count = 0; count < 5; count += 1) await confirm(anna, 'wrong');
    expect(errorsOf(await confirm(anna, codeOf(secret)))).toEqual([
      { field: null, code: 'TOO_MANY_ATTEMPTS' },
    ]);
  });
});
