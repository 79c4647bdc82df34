import { describe, expect, it } from 'vitest';
import { ChangePassword, SignIn, ViewerAccount } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { makeSession, PASSWORD, type TestAccount } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { enrolTotp } from '../../support/people/second-factors.js';
import { queryDatabase } from '../../support/stores/postgres.js';

const NEW = 'another long enough passphrase';

describe('changePassword', () => {
  const gateway = useGateway();

  const change = ({ token, fresh }: TestAccount, newPassword: string) =>
    gateway.ask(ChangePassword, { input: { newPassword } }, { token, headers: fresh });
  const signsIn = async (email: string, password: string) => {
    const { data } = await gateway.ask(SignIn, { input: { email, password } });
    return data.signIn.userErrors.length === 0;
  };
  const isSignedIn = async (token: string) =>
    (await gateway.ask(ViewerAccount, {}, { token })).errors === undefined;

  it('makes the old password worthless, ends the other sessions, and notifies the owner', async () => {
    const anna = await gateway.account();
    const elsewhere = await makeSession(gateway.redis.url, anna);
    await queryDatabase(
      gateway.database.url,
      "INSERT INTO password_reset (id, email, expires_on) VALUES (gen_random_uuid(), $1, '2999-01-01')",
      [anna.email],
    );
    expect((await change(anna, NEW)).data).toEqual({ changePassword: { userErrors: [] } });
    expect(await signsIn(anna.email, PASSWORD)).toBe(false);
    expect(await signsIn(anna.email, NEW)).toBe(true);
    expect(await isSignedIn(anna.token)).toBe(true);
    expect(await isSignedIn(elsewhere)).toBe(false);
    const resets = 'SELECT id FROM password_reset WHERE email = $1';
    expect(await queryDatabase(gateway.database.url, resets, [anna.email])).toEqual([]);
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: anna.id,
      change: 'password-changed',
    });
  });

  it.each([
    ['fourteen chars', 'PASSWORD_TOO_SHORT'],
    ['a'.repeat(257), 'PASSWORD_TOO_LONG'],
    ['Bert.Somebody@example.com', 'PASSWORD_EQUALS_EMAIL'],
    ['123456789987654321', 'PASSWORD_BREACHED'],
  ])('refuses %j with %s, and changes nothing', async (password, code) => {
    const bert = await gateway.account({ email: 'bert.somebody@example.com' });
    const elsewhere = await makeSession(gateway.redis.url, bert);
    const { data } = await change(bert, password);
    expect(errorsOf(data.changePassword)).toEqual([{ field: 'newPassword', code }]);
    expect(await isSignedIn(elsewhere)).toBe(true);
    await queryDatabase(gateway.database.url, 'DELETE FROM account WHERE id = $1', [bert.id]);
  });

  it('takes eight characters with a second factor, which stays', async () => {
    const carla = await gateway.account();
    await enrolTotp(gateway, carla);
    const { data } = await change(carla, 'seven c');
    expect(errorsOf(data.changePassword)).toEqual([{ field: 'newPassword', code: 'PASSWORD_TOO_SHORT' }]);
    expect((await change(carla, 'eight ch')).data.changePassword.userErrors).toEqual([]);
    const input = { email: carla.email, password: 'eight ch' };
    expect((await gateway.ask(SignIn, { input })).data.signIn).toMatchObject({
      session: null,
      challenge: { methods: ['TOTP', 'RECOVERY_CODE'] },
    });
  });

  it('needs a fresh factor: STEP_UP_REQUIRED', async () => {
    const { errors } = await change({ ...(await gateway.account()), fresh: {} }, NEW);
    expect(errors?.[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  });
});
