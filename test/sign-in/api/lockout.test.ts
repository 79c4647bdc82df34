// Somebody who guesses at passwords and codes of a person, from many sources, locks that person out of nothing, and does not
// find out whether there is such a person.
import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf, someSource } from '../../support/gateway.js';
import { cookiesSet, deletes } from '../../support/http/cookies.js';
import type { GraphqlAnswer } from '../../support/http/graphql-client.js';
import { makeSession, PASSWORD, type TestAccount } from '../../support/people/account.js';
import { linkToken, waitingMails } from '../../support/people/links.js';
import { codeOf, enrolTotp } from '../../support/people/second-factors.js';

const SESSION = 'session { account { email } token } userErrors { field code message }';
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { challenge { token } ${SESSION} } }`;
const COMPLETE = `mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { ${SESSION} } }`;
const STEP_UP = 'mutation ($input: StepUpInput!) { stepUp(input: $input) { userErrors { field code } } }';
const WRONG = 'not this one, surely';
const NEW = 'another long enough passphrase';
const INVALID = [{ field: null, code: 'INVALID_CREDENTIALS' }];
const TOO_MANY = [{ field: null, code: 'TOO_MANY_ATTEMPTS' }];

describe('somebody who guesses', () => {
  const gateway = useGateway();

  const answerTo = (
    email: string,
    password: string,
    { source = someSource(), browser = '', delivery = 'BEARER' } = {},
  ) =>
    gateway.call({
      query: SIGN_IN,
      variables: { input: { email, password, delivery } },
      source,
      headers: browser === '' ? {} : { cookie: browser },
    });
  const signIn = async (...[email, password, how]: Parameters<typeof answerTo>) =>
    (await answerTo(email, password, how)).data.signIn;
  /** The cookie of a known browser, as it is sent back. */
  const browserOf = (answer: Pick<GraphqlAnswer, 'headers'>) => {
    const cookie = cookiesSet(answer).find(({ name }) => name === '__Host-known-browser');
    return cookie === undefined ? '' : `${cookie.name}=${cookie.value}`;
  };
  /** 110 wrong passwords from 11 sources, at most ten of which are checked for each. */
  async function guess(email: string): Promise<void> {
    for (let source = 1; source <= 11; source += 1) {
      const from = { source: `127.66.${source}.${source}` };
      await Promise.all(Array.from({ length: 10 }, () => answerTo(email, WRONG, from)));
    }
  }
  async function resetLink({ email }: TestAccount): Promise<string> {
    const query = `mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { userErrors { code } } }`;
    await gateway.call({ query, variables: { email }, source: someSource() });
    const [row] = await gateway.query('SELECT id FROM password_reset WHERE email = $1', [email]);
    const waiting = await waitingMails(gateway.database.url);
    expect(waiting).toContainEqual({ template: 'password-reset', passwordResetId: row!.id });
    return linkToken('password-reset-link', String(row!.id));
  }
  const reset = (token: string) =>
    gateway.call({
      query: `mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { userErrors { code } } }`,
      variables: { input: { token, newPassword: NEW } },
      source: someSource(),
    });

  it('leaves the browsers alone in which the person has signed in before', async () => {
    const anna = await gateway.account();
    const browser = browserOf(await answerTo(anna.email, PASSWORD, { delivery: 'COOKIE' }));
    await guess(anna.email);
    expect(errorsOf(await signIn(anna.email, PASSWORD))).toEqual(INVALID);
    const source = '127.66.1.1';
    const payload = await signIn(anna.email, PASSWORD, { source, browser });
    expect(payload).toMatchObject({ session: { account: { email: anna.email } }, userErrors: [] });
  });

  it('is undone by a new password by mail, in every browser', async () => {
    const anna = await gateway.account();
    await guess(anna.email);
    expect(errorsOf(await signIn(anna.email, PASSWORD))).toEqual(INVALID);
    expect((await reset(await resetLink(anna))).data.resetPassword.userErrors).toEqual([]);
    expect(errorsOf(await signIn(anna.email, NEW))).toEqual([]);
  });

  it('gets the same answers for an address without an account, whatever its owner does meanwhile', async () => {
    const anna = await gateway.account();
    const link = await resetLink(anna);
    const probe = async (email: string) => {
      const { status, headers, data, errors } = await answerTo(email, WRONG);
      return { status, headers: { ...headers, date: '' }, data, errors };
    };
    const probes = [];
    for (const email of [anna.email, 'no-anna@example.com']) {
      const seen = [await probe(email)];
      await guess(email);
      seen.push(await probe(email));
      if (email === anna.email) await reset(link);
      seen.push(await probe(email));
      if (email === anna.email) expect(errorsOf(await signIn(email, NEW))).toEqual([]);
      seen.push(await probe(email));
      probes.push(seen);
    }
    expect(probes[0]).toEqual(probes[1]);
    expect(new Set(probes[0]!.map((each) => JSON.stringify(each.data))).size).toBe(1);
  });

  it('has ten tries in a quarter of an hour in a known browser that was stolen', async () => {
    const anna = await gateway.account();
    const browser = browserOf(await answerTo(anna.email, PASSWORD, { delivery: 'COOKIE' }));
    for (let count = 0; count < 10; count += 1) {
      expect(errorsOf(await signIn(anna.email, WRONG, { browser }))).toEqual(INVALID);
    }
    expect(errorsOf(await signIn(anna.email, PASSWORD, { browser }))).toEqual(TOO_MANY);
    expect(errorsOf(await signIn(anna.email, PASSWORD))).toEqual([]);
  });

  it('gains nothing by a known browser of another account, or by a cookie that is made up', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    const browser = browserOf(await answerTo(bert.email, PASSWORD, { delivery: 'COOKIE' }));
    await guess(anna.email);
    for (const cookie of [browser, '__Host-known-browser=AAAA', '__Host-known-browser=%00']) {
      expect(errorsOf(await signIn(anna.email, PASSWORD, { browser: cookie }))).toEqual(INVALID);
    }
  });

  it('and knows the password cannot use up the tries at a code of a browser that has signed in', async () => {
    const anna = await gateway.account();
    const app = await enrolTotp(gateway, anna);
    const challenge = async () => (await signIn(anna.email, PASSWORD)).challenge.token;
    const answer = async (factor: Record<string, unknown>, browser = '', delivery = 'BEARER') =>
      gateway.call({
        query: COMPLETE,
        variables: { input: { challengeToken: await challenge(), delivery, factor } },
        headers: browser === '' ? {} : { cookie: browser },
      });
    const [first, second] = app.recoveryCodes;
    const browser = browserOf(await answer({ recoveryCode: first }, '', 'COOKIE'));
    for (let count = 0; count < 5; count += 1) await answer({ recoveryCode: 'AAAA-AAAA-AAAA-AAAA' });
    const elsewhere = await answer({ totpCode: codeOf(app.secret, 'next') });
    expect(errorsOf(elsewhere.data.completeSignIn)).toEqual(TOO_MANY);
    const here = await answer({ recoveryCode: second }, browser);
    expect(here.data.completeSignIn).toMatchObject({
      session: { account: { email: anna.email } },
      userErrors: [],
    });
  });

  it('and has read the mail gets no new tries at a code', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    const { challenge } = await signIn(anna.email, PASSWORD);
    const complete = async (token: string) => {
      const variables = { input: { challengeToken: token, factor: { totpCode: '000000' } } };
      return (await gateway.call({ query: COMPLETE, variables })).data.completeSignIn;
    };
    for (let count = 0; count < 5; count += 1) await complete(challenge.token);
    await reset(await resetLink(anna));
    const again = (await signIn(anna.email, NEW)).challenge;
    expect(errorsOf(await complete(again.token))).toEqual(TOO_MANY);
  });

  it('in a stolen session uses up the tries of no other session', async () => {
    const anna = await gateway.account();
    const stolen = await makeSession(gateway.redis.url, anna);
    const stepUp = async (token: string, password: string) => {
      const { data } = await gateway.call({ query: STEP_UP, variables: { input: { password } }, token });
      return errorsOf(data.stepUp);
    };
    for (let count = 0; count < 10; count += 1) await stepUp(stolen, WRONG);
    expect(await stepUp(stolen, PASSWORD)).toEqual(TOO_MANY);
    expect(await stepUp(anna.token, PASSWORD)).toEqual([]);
  });

  it('finds no cookie of an account that was closed', async () => {
    const { token, fresh: headers } = await gateway.account();
    const closed = await gateway.call({
      query: 'mutation { closeAccount { userErrors { code } } }',
      token,
      headers,
    });
    const gone = cookiesSet(closed)
      .filter(deletes)
      .map(({ name }) => name);
    expect(gone).toEqual(['__Host-session', '__Host-known-browser']);
  });
});
