import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { PASSWORD } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { assertion, codeOf, enrolPasskey, enrolTotp } from '../../support/people/second-factors.js';

const STEP_UP = `mutation ($input: StepUpInput!) {
  stepUp(input: $input) { stepUpToken userErrors { field code } }
}`;

describe('stepUp', () => {
  const gateway = useGateway();

  const stepUp = async (token: string, input: Record<string, unknown>) =>
    (await gateway.call({ query: STEP_UP, variables: { input }, token })).data.stepUp;

  it('gives a token for the password of an account without a second factor', async () => {
    const { token } = await gateway.account();
    const { stepUpToken, userErrors } = await stepUp(token, { password: PASSWORD });
    expect(userErrors).toEqual([]);
    expect(stepUpToken).toMatch(/^[\w-]{40,}$/);
  });

  it('refuses a wrong password with PASSWORD_WRONG, and further ones with TOO_MANY_ATTEMPTS', async () => {
    const { token } = await gateway.account();
    for (let count = 0; count < 10; count += 1) {
      const payload = await stepUp(token, { password: 'not this one, surely' });
      expect(payload.stepUpToken).toBeNull();
      expect(errorsOf(payload)).toEqual([{ field: 'password', code: 'PASSWORD_WRONG' }]);
    }
    expect(errorsOf(await stepUp(token, { password: PASSWORD }))).toEqual([
      { field: null, code: 'TOO_MANY_ATTEMPTS' },
    ]);
  });

  it.each([
    ['none', {}],
    ['null', { password: null }],
    ['two', { password: PASSWORD, totpCode: '123456' }],
    ['two second ones', { recoveryCode: 'x', passkey: {} }],
  ])('requires exactly one factor: %s is BAD_USER_INPUT', async (_what, input) => {
    const { token } = await gateway.account();
    const { errors } = await gateway.call({ query: STEP_UP, variables: { input }, token });
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });

  it.each([
    ['code', { totpCode: '123456' }],
    ['recovery code', { recoveryCode: 'ABCD-EFGH' }],
    ['passkey', { passkey: { id: 'x' } }],
  ])('refuses a %s of an account that has none with SECOND_FACTOR_WRONG', async (_what, input) => {
    const { token } = await gateway.account();
    expect(errorsOf(await stepUp(token, input))).toEqual([{ field: null, code: 'SECOND_FACTOR_WRONG' }]);
  });

  it('takes the second factor of an account that has one, and not the password: SECOND_FACTOR_NEEDED', async () => {
    const account = await gateway.account();
    const app = await enrolTotp(gateway, account);
    expect(errorsOf(await stepUp(account.token, { password: PASSWORD }))).toEqual([
      { field: 'password', code: 'SECOND_FACTOR_NEEDED' },
    ]);
    const { stepUpToken, userErrors } = await stepUp(account.token, { totpCode: codeOf(app.secret, 'next') });
    expect(userErrors).toEqual([]);
    const renewed = await gateway.call({
      query: 'mutation { rotateRecoveryCodes { userErrors { code } } }',
      token: account.token,
      headers: { 'step-up-token': stepUpToken },
    });
    expect(renewed.data.rotateRecoveryCodes.userErrors).toEqual([]);
  });

  it('gives a session that was begun with the password alone its second factor', async () => {
    const admin = await gateway.account({ role: 'admin' });
    const app = await enrolTotp(gateway, admin);
    const session = { accountId: admin.id, role: 'admin', secondFactor: false } as const;
    const { token } = await gateway.sessions.create(session);
    const query = '{ allowlist { totalCount } }';
    const refused = await gateway.call({ query, token });
    expect(refused.errors?.[0]?.extensions?.code).toBe('SECOND_FACTOR_REQUIRED');
    expect(errorsOf(await stepUp(token, { recoveryCode: app.recoveryCodes[0] }))).toEqual([]);
    expect((await gateway.call({ query, token })).errors).toBeUndefined();
  });

  it('takes a passkey of the account, and of no other', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    const own = await enrolPasskey(gateway, anna);
    const others = await enrolPasskey(gateway, bert);
    const wrong = await assertion(gateway, others.authenticator);
    expect(errorsOf(await stepUp(anna.token, { passkey: wrong }))).toEqual([
      { field: null, code: 'SECOND_FACTOR_WRONG' },
    ]);
    const { stepUpToken, userErrors } = await stepUp(anna.token, {
      passkey: await assertion(gateway, own.authenticator),
    });
    expect(userErrors).toEqual([]);
    expect(stepUpToken).toMatch(/^[\w-]{40,}$/);
  });

  it('takes a recovery code once, and notifies the owner', async () => {
    const anna = await gateway.account();
    const [code] = (await enrolTotp(gateway, anna)).recoveryCodes;
    expect((await stepUp(anna.token, { recoveryCode: code })).userErrors).toEqual([]);
    expect(errorsOf(await stepUp(anna.token, { recoveryCode: code }))).toEqual([
      { field: null, code: 'SECOND_FACTOR_WRONG' },
    ]);
    const mails = await waitingMails(gateway.database.url);
    const toAnna = mails.filter((mail) => 'accountId' in mail && mail.accountId === anna.id);
    const notice = (change: string) => ({ template: 'security-notice', accountId: anna.id, change });
    expect(toAnna).toEqual([notice('totp-enabled'), notice('recovery-code-used')]);
  });

  it('does not repeat a passkey that is none', async () => {
    const { token } = await gateway.account();
    const answer = await gateway.call({
      query: STEP_UP,
      variables: { input: { passkey: 'canary' } },
      token,
    });
    expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    expect(JSON.stringify(answer.errors)).not.toContain('canary');
  });
});
