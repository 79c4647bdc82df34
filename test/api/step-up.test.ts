import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/account.js';
import { faults, startTestGateway, type TestGateway } from '../support/gateway.js';

const STEP_UP = `mutation ($input: StepUpInput!) {
  stepUp(input: $input) { stepUpToken userErrors { field code } }
}`;

describe('stepUp', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.stop());

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
      expect(faults(payload)).toEqual([{ field: 'password', code: 'PASSWORD_WRONG' }]);
    }
    expect(faults(await stepUp(token, { password: PASSWORD }))).toEqual([
      { field: null, code: 'TOO_MANY_ATTEMPTS' },
    ]);
  });

  it.each([
    ['none', {}],
    ['null', { password: null }],
    ['two', { password: PASSWORD, totpCode: '123456' }],
    ['two second ones', { recoveryCode: 'x', passkey: {} }],
  ])('wants exactly one factor, and refuses %s with ONE_FACTOR', async (_what, input) => {
    const { token } = await gateway.account();
    expect(faults(await stepUp(token, input))).toEqual([{ field: null, code: 'ONE_FACTOR' }]);
  });

  it.each([
    ['code', { totpCode: '123456' }],
    ['recovery code', { recoveryCode: 'ABCD-EFGH' }],
    ['passkey', { passkey: { id: 'x' } }],
  ])('refuses a %s of an account that has none with SECOND_FACTOR_WRONG', async (_what, input) => {
    const { token } = await gateway.account();
    expect(faults(await stepUp(token, input))).toEqual([{ field: null, code: 'SECOND_FACTOR_WRONG' }]);
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
