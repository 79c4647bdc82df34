import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ConfirmSignUp,
  type SessionDelivery,
  SignIn,
  SignUp,
  type SignUpInput,
  ViewerAccount,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf, someSource } from '../../support/gateway.js';
import { PASSWORD } from '../../support/people/account.js';
import { linkToken } from '../../support/people/links.js';
import { queryDatabase } from '../../support/stores/postgres.js';

describe('confirmSignUp', () => {
  const gateway = useGateway();

  const rows = (sql: string, ...values: unknown[]) => queryDatabase(gateway.database.url, sql, values);

  /** The token that the mail carries. */
  async function signedUp(email: string, more: Partial<SignUpInput> = {}): Promise<string> {
    const known = await rows('SELECT id FROM sign_up WHERE email = $1', email);
    const input = { email, password: PASSWORD, country: 'DE', attestedAge: 18, ...more };
    await gateway.ask(SignUp, { input }, { source: someSource() });
    const ids = (await rows('SELECT id FROM sign_up WHERE email = $1', email)).map(({ id }) => String(id));
    return linkToken('sign-up-link', ids.find((id) => !known.some((each) => each.id === id))!);
  }
  async function confirm(token: string, password = PASSWORD, delivery: SessionDelivery = 'BEARER') {
    const answer = await gateway.ask(ConfirmSignUp, { input: { token, password, delivery } });
    expect(answer.errors).toBeUndefined();
    return { ...answer.data.confirmSignUp, headers: answer.headers };
  }
  const invalid = [{ field: 'token', code: 'LINK_INVALID' }];

  it('makes the account as it was asked for, begins a session, and leaves nothing waiting', async () => {
    const first = await signedUp('anna@example.com');
    const token = await signedUp('anna@example.com', { name: 'Anna', locale: 'DE', country: 'AT' });
    const confirmed = await confirm(token);
    expect(confirmed).toMatchObject({
      session: {
        account: {
          id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/) as string,
          email: 'anna@example.com',
          role: 'USER',
          name: 'Anna',
          locale: 'DE',
          country: 'AT',
          version: 1,
        },
      },
      userErrors: [],
    });
    const { data } = await gateway.ask(ViewerAccount, {}, { token: confirmed.session!.token! });
    expect(data.viewer.account.email).toBe('anna@example.com');
    expect(await rows('SELECT * FROM sign_up WHERE email = $1', 'anna@example.com')).toEqual([]);
    for (const used of [token, first]) expect(errorsOf(await confirm(used))).toEqual(invalid);
  });

  it('sets the session cookie, and returns no token, when a cookie is asked for', async () => {
    const confirmed = await confirm(await signedUp('bert@example.com'), PASSWORD, 'COOKIE');
    expect(confirmed.session?.token).toBeNull();
    expect(confirmed.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-session=[\w-]{43};/),
      expect.stringMatching(/^__Host-known-browser=[\w-]+;/),
    ]);
  });

  it('takes no other password than the one of that sign-up, which goes on waiting: PASSWORD_WRONG', async () => {
    const strangers = await signedUp('carla@example.com', { password: 'what a stranger has chosen' });
    const own = await signedUp('carla@example.com');
    expect(errorsOf(await confirm(strangers))).toEqual([{ field: 'password', code: 'PASSWORD_WRONG' }]);
    expect((await confirm(own)).session?.account.email).toBe('carla@example.com');
    const input = { email: 'carla@example.com', password: 'what a stranger has chosen' };
    expect(errorsOf((await gateway.ask(SignIn, { input })).data.signIn)).toEqual([
      { field: null, code: 'INVALID_CREDENTIALS' },
    ]);
  });

  it('refuses further tries after ten wrong passwords: TOO_MANY_ATTEMPTS', async () => {
    const token = await signedUp('dora@example.com');
    for (let count = 0; count < 10; count += 1) {
      expect(errorsOf(await confirm(token, 'not this one, surely'))).toEqual([
        { field: 'password', code: 'PASSWORD_WRONG' },
      ]);
    }
    expect(errorsOf(await confirm(token))).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
  });

  it('refuses a token that is false, too old, for another purpose, or of an unknown sign-up: LINK_INVALID', async () => {
    const token = await signedUp('emil@example.com');
    const [{ id }] = (await rows('SELECT id FROM sign_up WHERE email = $1', 'emil@example.com')) as [
      { id: string },
    ];
    const tokens = [
      '',
      'x',
      `${token}x`,
      linkToken('sign-up-link', id, Date.now() - 1000),
      linkToken('password-reset-link', id),
      linkToken('sign-up-link', randomUUID()),
    ];
    for (const bad of tokens) expect(errorsOf(await confirm(bad))).toEqual(invalid);
    await rows('UPDATE sign_up SET expires_on = $2 WHERE id = $1', id, dayFromNow(-1));
    expect(errorsOf(await confirm(token))).toEqual(invalid);
  });

  it('makes no account when the address has come by one in another way: LINK_INVALID', async () => {
    const token = await signedUp('fritz@example.com');
    const { id } = await gateway.account({ email: 'fritz@example.com' });
    expect(errorsOf(await confirm(token))).toEqual(invalid);
    expect(await rows('SELECT id FROM account WHERE email = $1', 'fritz@example.com')).toEqual([{ id }]);
    expect(await rows('SELECT id FROM sign_up WHERE email = $1', 'fritz@example.com')).toEqual([]);
  });

  it('makes one account of two confirmations at once, of one sign-up or of two', async () => {
    const [first, second] = [await signedUp('gerd@example.com'), await signedUp('gerd@example.com')];
    const answers = await Promise.all([first, first, second, second].map((token) => confirm(token)));
    expect(answers.map((answer) => errorsOf(answer)).sort()).toEqual([[], invalid, invalid, invalid]);
    expect(await rows('SELECT * FROM account WHERE email = $1', 'gerd@example.com')).toHaveLength(1);
  });
});
