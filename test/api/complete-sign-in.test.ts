import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults, startTestGateway, type TestGateway } from '../support/gateway.js';

const COMPLETE = `mutation ($input: CompleteSignInInput!) {
  completeSignIn(input: $input) {
    account { email } sessionToken stepUpToken challenge { token } userErrors { field code }
  }
}`;
const NOTHING = { account: null, sessionToken: null, stepUpToken: null, challenge: null };

describe('completeSignIn', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.stop());

  const complete = async (input: Record<string, unknown>) =>
    (await gateway.call({ query: COMPLETE, variables: { input } })).data.completeSignIn;

  it('refuses a challenge that is made up with CHALLENGE_INVALID', async () => {
    const payload = await complete({ challenge: 'made up', totpCode: '123456' });
    expect(payload).toMatchObject(NOTHING);
    expect(faults(payload)).toEqual([{ field: null, code: 'CHALLENGE_INVALID' }]);
  });

  it.each([
    ['none', {}],
    ['two', { totpCode: '123456', recoveryCode: 'x' }],
  ])('wants exactly one factor, and refuses %s with ONE_FACTOR', async (_what, input) => {
    const payload = await complete({ challenge: 'made up', ...input });
    expect(payload).toMatchObject(NOTHING);
    expect(faults(payload)).toEqual([{ field: null, code: 'ONE_FACTOR' }]);
  });
});
