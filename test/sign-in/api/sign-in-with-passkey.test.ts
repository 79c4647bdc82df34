import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { Authenticator } from '../../support/people/authenticator.js';
import { assertion, enrolPasskey } from '../../support/people/second-factors.js';

const SIGN_IN = `mutation ($input: SignInWithPasskeyInput!) {
  signInWithPasskey(input: $input) {
    session { account { email } token stepUpToken } userErrors { field code }
  }
}`;
const REFUSED = [{ field: null, code: 'PASSKEY_REFUSED' }];

describe('startPasskeySignIn and signInWithPasskey', () => {
  const gateway = useGateway();

  const signIn = (response: Record<string, unknown>, delivery = 'BEARER', source?: string) =>
    gateway.call({
      query: SIGN_IN,
      variables: { input: { response, delivery } },
      ...(source !== undefined && { source }),
    });
  const payload = async (response: Record<string, unknown>) =>
    (await signIn(response)).data.signInWithPasskey;

  it('ask for a passkey without naming one, the same for everybody but for the challenge', async () => {
    const query = 'mutation { startPasskeySignIn { options userErrors { code } } }';
    const anna = await gateway.account();
    await enrolPasskey(gateway, anna);
    const answers = [await gateway.call({ query }), await gateway.call({ query, token: anna.token })];
    const challenges = answers.map(({ data }) => data.startPasskeySignIn.options.challenge);
    expect(challenges[0]).not.toBe(challenges[1]);
    for (const [index, { data }] of answers.entries()) {
      expect(data.startPasskeySignIn).toEqual({
        options: {
          rpId: 'portal.cyberspacevpn.example',
          challenge: challenges[index],
          allowCredentials: [],
          timeout: 300_000,
          userVerification: 'required',
        },
        userErrors: [],
      });
    }
  });

  it.each(['ES256', 'EdDSA', 'RS256'] as const)(
    'begin a session with two factors, by a passkey with %s',
    async (algorithm) => {
      const anna = await gateway.account();
      const { authenticator } = await enrolPasskey(gateway, anna, new Authenticator(algorithm));
      const signedIn = await payload(await assertion(gateway, authenticator));
      expect(signedIn).toMatchObject({ session: { account: { email: anna.email } }, userErrors: [] });
      expect(await gateway.sessions.find(signedIn.session.token)).toMatchObject({
        accountId: anna.id,
        role: 'user',
        secondFactor: true,
      });
      const { errors } = await gateway.call({
        query: 'mutation { startPasskeyRegistration { options } }',
        token: signedIn.session.token,
        headers: { 'step-up-token': signedIn.session.stepUpToken },
      });
      expect(errors).toBeUndefined();
    },
  );

  it('set a cookie for browsers', async () => {
    const { authenticator } = await enrolPasskey(gateway, await gateway.account());
    const { data, headers } = await signIn(await assertion(gateway, authenticator), 'COOKIE');
    expect(data.signInWithPasskey.session.token).toBeNull();
    expect((headers['set-cookie'] as string[])[0]).toMatch(/^__Host-session=[\w-]{43};/);
  });

  it('let staff act', async () => {
    const { authenticator } = await enrolPasskey(gateway, await gateway.account({ role: 'admin' }));
    const { token } = (await payload(await assertion(gateway, authenticator))).session;
    expect((await gateway.call({ query: '{ allowlist { totalCount } }', token })).errors).toBeUndefined();
  });

  it('take an assertion once, also of many at the same time', async () => {
    const { authenticator } = await enrolPasskey(gateway, await gateway.account());
    const response = await assertion(gateway, authenticator);
    const payloads = await Promise.all([1, 2, 3, 4].map(() => payload(response)));
    expect(payloads.filter(({ session }) => session !== null)).toHaveLength(1);
    const again = await payload(response);
    expect(again).toMatchObject({ session: null });
    expect(errorsOf(again)).toEqual(REFUSED);
  });

  it('follow the counter of a passkey that counts, and refuse one that does not go up', async () => {
    const anna = await gateway.account();
    const authenticator = new Authenticator();
    authenticator.counter = 1;
    await enrolPasskey(gateway, anna, authenticator);
    const counter = async () =>
      (await gateway.query('SELECT counter FROM passkey WHERE account_id = $1', [anna.id]))[0];
    expect(errorsOf(await payload(await assertion(gateway, authenticator)))).toEqual([]);
    expect(await counter()).toEqual({ counter: '2' });
    authenticator.counter = 1;
    expect(errorsOf(await payload(await assertion(gateway, authenticator)))).toEqual(REFUSED);
    authenticator.counter = 0;
    expect(errorsOf(await payload(await assertion(gateway, authenticator)))).toEqual(REFUSED);
    expect(await counter()).toEqual({ counter: '2' });
    authenticator.counter = 2;
    expect(errorsOf(await payload(await assertion(gateway, authenticator)))).toEqual([]);
    expect(await counter()).toEqual({ counter: '3' });
  });

  it('believe only one of a passkey and its copy that show the same count at the same time', async () => {
    const authenticator = new Authenticator();
    authenticator.counter = 1;
    await enrolPasskey(gateway, await gateway.account(), authenticator);
    const responses = [];
    for (let count = 0; count < 4; count += 1) {
      authenticator.counter = 1;
      responses.push(await assertion(gateway, authenticator));
    }
    const payloads = await Promise.all(responses.map(payload));
    expect(payloads.filter(({ session }) => session !== null)).toHaveLength(1);
  });

  it('leave no trace of a passkey that counts nothing, and take down that it was backed up meanwhile', async () => {
    const anna = await gateway.account();
    const { authenticator } = await enrolPasskey(gateway, anna);
    const row = async () =>
      (await gateway.query('SELECT xmin::text, backed_up FROM passkey WHERE account_id = $1', [anna.id]))[0]!;
    const before = await row();
    expect(errorsOf(await payload(await assertion(gateway, authenticator)))).toEqual([]);
    expect(await row()).toEqual(before);
    const backedUp = await assertion(gateway, authenticator, { backedUp: true });
    expect(errorsOf(await payload(backedUp))).toEqual([]);
    expect((await row()).backed_up).toBe(true);
  });

  it('refuse a passkey that nobody has registered, and whatever is no assertion, alike', async () => {
    const stranger = new Authenticator();
    const { authenticator } = await enrolPasskey(gateway, await gateway.account());
    const good = await assertion(gateway, authenticator);
    const inner = good.response as Record<string, unknown>;
    const responses = [
      await assertion(gateway, stranger, { userHandle: 'AAAA' }),
      { ...good, rawId: stranger.credentialId },
      { ...good, response: { ...inner, signature: 'canary' } },
      { ...good, response: { ...inner, authenticatorData: 'canary' } },
      { ...good, response: { ...inner, clientDataJSON: 'bnVsbA' } },
      { ...good, response: { ...inner, userHandle: 1 } },
      { ...good, id: ['canary'] },
      {},
    ];
    for (const response of responses) {
      const refused = await payload(response);
      expect(refused).toEqual({ session: null, userErrors: REFUSED });
    }
    expect(gateway.log.join('\n')).not.toContain('canary');
    expect(errorsOf(await payload(good))).toEqual([]);
  });

  it('refuse an account that is gone', async () => {
    const anna = await gateway.account();
    const { authenticator } = await enrolPasskey(gateway, anna);
    await gateway.query('DELETE FROM account WHERE id = $1', [anna.id]);
    expect(errorsOf(await payload(await assertion(gateway, authenticator)))).toEqual(REFUSED);
  });

  it('refuse a source after a hundred tries with TOO_MANY_ATTEMPTS, and no other', async () => {
    const source = '127.0.0.99';
    for (let count = 0; count < 100; count += 1) {
      expect(errorsOf((await signIn({}, 'BEARER', source)).data.signInWithPasskey)).toEqual(REFUSED);
    }
    const { authenticator } = await enrolPasskey(gateway, await gateway.account());
    const response = await assertion(gateway, authenticator);
    expect(errorsOf((await signIn(response, 'BEARER', source)).data.signInWithPasskey)).toEqual([
      { field: null, code: 'TOO_MANY_ATTEMPTS' },
    ]);
    expect(errorsOf(await payload(response))).toEqual([]);
  });
});
