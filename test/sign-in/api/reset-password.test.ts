import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf, someSource } from '../../support/gateway.js';
import { PASSWORD, type TestAccount } from '../../support/people/account.js';
import { linkToken, waitingMails } from '../../support/people/links.js';
import { enrolTotp } from '../../support/people/second-factors.js';
import { queryDatabase } from '../../support/stores/postgres.js';

const REQUEST = `mutation ($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) { userErrors { field code message } }
}`;
const RESET = `mutation ($input: ResetPasswordInput!) {
  resetPassword(input: $input) { userErrors { field code } }
}`;
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }';
const NEW = 'another long enough passphrase';

const gateway = useGateway();

const rows = (sql: string, ...values: unknown[]) => queryDatabase(gateway.database.url, sql, values);

async function request(email: string, source = someSource()) {
  const answer = await gateway.call({ query: REQUEST, variables: { input: { email } }, source });
  expect(answer.errors).toBeUndefined();
  return answer;
}

describe('requestPasswordReset', () => {
  const tooMany = [{ field: null, code: 'TOO_MANY_ATTEMPTS' }];

  it('answers alike with an account and without, and waits until the day after', async () => {
    await gateway.account({ email: 'anna@example.com' });
    const known = await request(' Anna@example.com ');
    const unknown = await request('nobody@example.com');
    expect(known.data).toEqual({ requestPasswordReset: { userErrors: [] } });
    expect(unknown.data).toEqual(known.data);
    expect({ ...unknown.headers, date: '' }).toEqual({ ...known.headers, date: '' });
    const [row] = await rows(
      "SELECT id, email, expires_on::text FROM password_reset WHERE email = 'anna@example.com'",
    );
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/) as string,
      email: 'anna@example.com',
      expires_on: dayFromNow(1),
    });
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'password-reset',
      passwordResetId: row!.id,
    });
  });

  it('refuses what is no e-mail address: INVALID_EMAIL', async () => {
    const { requestPasswordReset } = (await request('nobody')).data;
    expect(errorsOf(requestPasswordReset)).toEqual([{ field: 'email', code: 'INVALID_EMAIL' }]);
    expect(requestPasswordReset.userErrors[0].message).not.toContain('nobody');
  });

  it('refuses too many for one address, alike with an account and without, and from one source', async () => {
    await gateway.account({ email: 'bert@example.com' });
    for (const email of ['bert@example.com', 'no-bert@example.com']) {
      for (let count = 0; count < 5; count += 1) {
        expect(errorsOf((await request(email)).data.requestPasswordReset)).toEqual([]);
      }
      expect(errorsOf((await request(email)).data.requestPasswordReset)).toEqual(tooMany);
    }
    const source = someSource();
    for (let count = 0; count < 20; count += 1) await request(`carla${count}@example.com`, source);
    const { data } = await request('carla@example.com', source);
    expect(errorsOf(data.requestPasswordReset)).toEqual(tooMany);
  });
});

describe('resetPassword', () => {
  const invalid = [{ field: 'token', code: 'LINK_INVALID' }];

  /** The id of a request, as it waits for its link. */
  async function requested({ email }: Pick<TestAccount, 'email'>): Promise<string> {
    const id = randomUUID();
    const insert = 'INSERT INTO password_reset (id, email, expires_on) VALUES ($1, $2, $3)';
    await rows(insert, id, email, dayFromNow(1));
    return id;
  }
  const link = (id: string) => linkToken('password-reset-link', id);

  async function reset(token: string, newPassword = NEW) {
    const answer = await gateway.call({ query: RESET, variables: { input: { token, newPassword } } });
    expect(answer.errors).toBeUndefined();
    expect(answer.headers['set-cookie']).toBeUndefined();
    return errorsOf(answer.data.resetPassword);
  }
  async function signIn(email: string, password: string) {
    const variables = { input: { email, password } };
    const { data } = await gateway.call({ query: SIGN_IN, variables, source: someSource() });
    return data.signIn.userErrors.map(({ code }: { code: string }) => code);
  }

  it('sets the password, ends every session and every other link, begins no session, and notifies the owner', async () => {
    const dora = await gateway.account();
    const [id, other] = [await requested(dora), await requested(dora)];
    expect(await reset(link(id))).toEqual([]);
    const { errors } = await gateway.call({ query: '{ viewer { account { id } } }', token: dora.token });
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(await signIn(dora.email, PASSWORD)).toEqual(['INVALID_CREDENTIALS']);
    expect(await signIn(dora.email, NEW)).toEqual([]);
    for (const used of [id, other]) expect(await reset(link(used), PASSWORD)).toEqual(invalid);
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: dora.id,
      change: 'password-changed',
    });
  });

  it('refuses a link that is false, too old, for another purpose, or without an account: LINK_INVALID', async () => {
    const emil = await gateway.account();
    const id = await requested(emil);
    for (const token of [
      '',
      `${link(id)}x`,
      linkToken('password-reset-link', id, Date.now() - 1000),
      linkToken('sign-up-link', id),
      link(randomUUID()),
      link(await requested({ email: 'no-account@example.com' })),
    ]) {
      expect(await reset(token)).toEqual(invalid);
    }
    await rows('UPDATE password_reset SET expires_on = $2 WHERE id = $1', id, dayFromNow(-1));
    expect(await reset(link(id))).toEqual(invalid);
    expect(await signIn(emil.email, PASSWORD)).toEqual([]);
  });

  it.each([
    ['fourteen chars', 'PASSWORD_TOO_SHORT'],
    ['a'.repeat(257), 'PASSWORD_TOO_LONG'],
    ['123456789987654321', 'PASSWORD_BREACHED'],
  ])('refuses %j with %s, and the link stays good', async (password, code) => {
    const token = link(await requested(await gateway.account()));
    expect(await reset(token, password)).toEqual([{ field: 'newPassword', code }]);
    expect(await reset(token)).toEqual([]);
  });

  it('takes eight characters with a second factor, which stays', async () => {
    const gerd = await gateway.account();
    await enrolTotp(gateway, gerd);
    expect(await reset(link(await requested(gerd)), 'eight ch')).toEqual([]);
    const query = `mutation { signIn(input: { email: "${gerd.email}", password: "eight ch" }) {
      session { token } challenge { methods } } }`;
    expect((await gateway.call({ query })).data.signIn).toEqual({
      session: null,
      challenge: { methods: ['TOTP', 'RECOVERY_CODE'] },
    });
  });

  it('lets one of two at once with the same link through', async () => {
    const franz = await gateway.account();
    const token = link(await requested(franz));
    const passwords = ['the first long passphrase', 'the second long passphrase'];
    const answers = await Promise.all(passwords.map((password) => reset(token, password)));
    expect(answers.flat()).toEqual(invalid);
    const won = passwords[answers.findIndex((answer) => answer.length === 0)]!;
    expect(await signIn(franz.email, won)).toEqual([]);
  });

  it('refuses more than ten tries with the links of one address: TOO_MANY_ATTEMPTS', async () => {
    const token = link(await requested(await gateway.account()));
    for (let count = 0; count < 10; count += 1) await reset(token, 'short');
    expect(await reset(token)).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
  });
});
