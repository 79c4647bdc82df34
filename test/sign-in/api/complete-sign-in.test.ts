import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorsOf, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { PASSWORD, type TestAccount } from '../../support/people/account.js';
import {
  assertion,
  codeOf,
  type Enrolled,
  enrolPasskey,
  enrolTotp,
} from '../../support/people/second-factors.js';

const SESSION = 'session { account { email } token stepUpToken } userErrors { field code }';
const SIGN_IN = `mutation ($input: SignInInput!) {
  signIn(input: $input) { challenge { token methods } ${SESSION} }
}`;
const COMPLETE = `mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { ${SESSION} } }`;

describe('signing in with a second factor', () => {
  let gateway: TestGateway;
  let account: TestAccount;
  let app: Enrolled;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  beforeEach(async () => {
    account = await gateway.account();
    app = await enrolTotp(gateway, account);
  });
  afterAll(() => gateway?.stop());

  async function challenge(): Promise<string> {
    const input = { email: account.email, password: PASSWORD, delivery: 'BEARER' };
    const { data } = await gateway.call({ query: SIGN_IN, variables: { input } });
    return data.signIn.challenge.token;
  }
  const answer = (input: Record<string, unknown>) =>
    gateway.call({ query: COMPLETE, variables: { input: { delivery: 'BEARER', ...input } } });
  const complete = async (input: Record<string, unknown>) => (await answer(input)).data.completeSignIn;

  it('gives a challenge and no session for the right password', async () => {
    const before = await gateway.store.zcard(`account-sessions:${account.id}`);
    const input = { email: account.email, password: PASSWORD };
    const { data, headers } = await gateway.call({ query: SIGN_IN, variables: { input } });
    expect(data.signIn).toEqual({
      session: null,
      challenge: { token: expect.stringMatching(/^[\w-]{40,}$/), methods: ['TOTP', 'RECOVERY_CODE'] },
      userErrors: [],
    });
    expect(headers['set-cookie']).toBeUndefined();
    expect(await gateway.store.zcard(`account-sessions:${account.id}`)).toBe(before);
  });

  it('answers a wrong password as that of an account without a second factor', async () => {
    const input = { email: account.email, password: 'not this one, surely' };
    const { data } = await gateway.call({ query: SIGN_IN, variables: { input } });
    expect(data.signIn).toEqual({
      session: null,
      challenge: null,
      userErrors: [{ field: null, code: 'INVALID_CREDENTIALS' }],
    });
  });

  it('begins a session with a code of the app, in which a second factor was shown', async () => {
    const { session, userErrors } = await complete({
      challengeToken: await challenge(),
      factor: { totpCode: codeOf(app.secret, 'next') },
    });
    expect(userErrors).toEqual([]);
    expect(session).toEqual({
      account: { email: account.email },
      token: expect.stringMatching(/^[\w-]{43}$/),
      stepUpToken: expect.stringMatching(/^[\w-]{40,}$/),
    });
    const disabled = await gateway.call({
      query: `mutation { disableTotp(input: { password: "${PASSWORD}" }) { userErrors { code } } }`,
      token: session.token,
      headers: { 'step-up-token': session.stepUpToken },
    });
    expect(disabled.data.disableTotp.userErrors).toEqual([]);
  });

  it('sets a cookie by default', async () => {
    const input = { challengeToken: await challenge(), factor: { totpCode: codeOf(app.secret, 'next') } };
    const { data, headers } = await gateway.call({ query: COMPLETE, variables: { input } });
    expect(data.completeSignIn.session.token).toBeNull();
    expect((headers['set-cookie'] as string[])[0]).toMatch(/^__Host-session=[\w-]{43}; /);
  });

  it('lets staff act, who cannot without it', async () => {
    account = await gateway.account({ role: 'admin' });
    const input = { email: account.email, password: PASSWORD, delivery: 'BEARER' };
    const alone = await gateway.call({ query: SIGN_IN, variables: { input } });
    const query = '{ allowlist { totalCount } }';
    const refused = await gateway.call({ query, token: alone.data.signIn.session.token });
    expect(refused.errors?.[0]?.extensions?.code).toBe('SECOND_FACTOR_REQUIRED');
    app = await enrolTotp(gateway, account);
    const { session } = await complete({
      challengeToken: await challenge(),
      factor: { totpCode: codeOf(app.secret, 'next') },
    });
    expect((await gateway.call({ query, token: session.token })).errors).toBeUndefined();
  });

  it('takes a code once', async () => {
    const totpCode = codeOf(app.secret, 'next');
    expect(errorsOf(await complete({ challengeToken: await challenge(), factor: { totpCode } }))).toEqual([]);
    expect(errorsOf(await complete({ challengeToken: await challenge(), factor: { totpCode } }))).toEqual([
      { field: null, code: 'SECOND_FACTOR_WRONG' },
    ]);
  });

  it('takes a recovery code once', async () => {
    const [recoveryCode] = app.recoveryCodes;
    expect(errorsOf(await complete({ challengeToken: await challenge(), factor: { recoveryCode } }))).toEqual(
      [],
    );
    expect(errorsOf(await complete({ challengeToken: await challenge(), factor: { recoveryCode } }))).toEqual(
      [{ field: null, code: 'SECOND_FACTOR_WRONG' }],
    );
  });

  it('begins a session with a passkey of the account, and with no other', async () => {
    const { authenticator } = await enrolPasskey(gateway, account);
    const other = await enrolPasskey(gateway, await gateway.account());
    const foreign = await assertion(gateway, other.authenticator);
    expect(
      errorsOf(await complete({ challengeToken: await challenge(), factor: { passkey: foreign } })),
    ).toEqual([{ field: null, code: 'SECOND_FACTOR_WRONG' }]);
    const passkey = await assertion(gateway, authenticator);
    const payload = await complete({ challengeToken: await challenge(), factor: { passkey } });
    expect(payload).toMatchObject({ session: { account: { email: account.email } }, userErrors: [] });
  });

  it('takes a challenge once', async () => {
    const token = await challenge();
    const [one, another] = app.recoveryCodes;
    expect(errorsOf(await complete({ challengeToken: token, factor: { recoveryCode: one } }))).toEqual([]);
    const payload = await complete({ challengeToken: token, factor: { recoveryCode: another } });
    expect(payload).toMatchObject({ session: null });
    expect(errorsOf(payload)).toEqual([{ field: null, code: 'CHALLENGE_INVALID' }]);
  });

  it('uses up one recovery code, however many come at once with one challenge', async () => {
    const token = await challenge();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        complete({ challengeToken: token, factor: { recoveryCode: app.recoveryCodes[at % 5] } }),
      ),
    );
    expect(answers.filter(({ session }) => session !== null)).toHaveLength(1);
    const [{ left }] = (await gateway.query(
      'SELECT count(*)::integer AS left FROM recovery_code WHERE account_id = $1',
      [account.id],
    )) as [{ left: number }];
    expect(left).toBe(app.recoveryCodes.length - 1);
  });

  it('refuses a challenge that is made up with CHALLENGE_INVALID', async () => {
    const payload = await complete({
      challengeToken: 'made up',
      factor: { totpCode: codeOf(app.secret, 'next') },
    });
    expect(payload).toMatchObject({ session: null });
    expect(errorsOf(payload)).toEqual([{ field: null, code: 'CHALLENGE_INVALID' }]);
  });

  it('refuses the sixth wrong code with TOO_MANY_ATTEMPTS, and then the right one', async () => {
    const token = await challenge();
    for (let count = 0; count < 5; count += 1) {
      const payload = await complete({
        challengeToken: token,
        factor: { recoveryCode: 'AAAA-AAAA-AAAA-AAAA' },
      });
      expect(payload).toMatchObject({ session: null });
      expect(errorsOf(payload)).toEqual([{ field: null, code: 'SECOND_FACTOR_WRONG' }]);
    }
    expect(
      errorsOf(await complete({ challengeToken: token, factor: { totpCode: codeOf(app.secret, 'next') } })),
    ).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
  });

  it.each([
    ['none', {}],
    ['two', { totpCode: '123456', recoveryCode: 'x' }],
  ])('requires exactly one factor: %s is BAD_USER_INPUT', async (_what, factor) => {
    const { errors } = await answer({ challengeToken: 'made up', factor });
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });
});
