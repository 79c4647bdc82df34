import { beforeAll, describe, expect, it } from 'vitest';
import {
  ChangeEmail,
  CloseAccount,
  ConfirmEmailChange,
  ConfirmSignUp,
  type GatewayClient,
  RequestPasswordReset,
  ResetPassword,
  SignIn,
  SignUp,
  type SignUpInput,
} from '../../client/index.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import { errorsOf } from '../support/gateway.js';
import { tokenIn } from '../support/mail-server.js';
import { PASSWORD } from '../support/people/account.js';
import { queryDatabase } from '../support/stores/postgres.js';

const NEW_PASSWORD = 'another long enough passphrase';

describe('an account, from the first mail to the last', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url } }));
  let anyone: GatewayClient;
  beforeAll(async () => {
    anyone = gateway.client();
  });

  const signUp = async (email: string, more: Partial<SignUpInput> = {}) => {
    const input = { email, password: PASSWORD, country: 'DE', attestedAge: 18, ...more };
    expect(errorsOf((await anyone.request(SignUp, { input })).signUp)).toEqual([]);
  };
  const signIn = async (email: string, password: string): Promise<GatewayClient | null> => {
    const { signIn } = await anyone.request(SignIn, { input: { email, password, delivery: 'BEARER' } });
    return signIn.session === null ? null : gateway.client(signIn.session);
  };

  it('is used through the links of its mails', async () => {
    await signUp('anna@example.com', { locale: 'ES', name: 'Anna' });
    const link = tokenIn(await mails.next('anna@example.com'));
    const { confirmSignUp } = await anyone.request(ConfirmSignUp, {
      input: { token: link, password: PASSWORD },
    });
    expect(confirmSignUp).toMatchObject({ session: { account: { name: 'Anna' } }, userErrors: [] });

    await anyone.request(RequestPasswordReset, { input: { email: 'anna@example.com' } });
    const reset = { token: tokenIn(await mails.next('anna@example.com')), newPassword: NEW_PASSWORD };
    expect(errorsOf((await anyone.request(ResetPassword, { input: reset })).resetPassword)).toEqual([]);
    expect((await mails.next('anna@example.com')).html).toContain('lang="es"');
    expect(await signIn('anna@example.com', PASSWORD)).toBeNull();
    const session = await signIn('anna@example.com', NEW_PASSWORD);

    await session!.request(ChangeEmail, { input: { newEmail: 'anna@example.org' } });
    for (const [address, emailChanged] of [
      ['anna@example.org', false],
      ['anna@example.com', true],
    ] as const) {
      const token = tokenIn(await mails.next(address));
      const { confirmEmailChange } = await anyone.request(ConfirmEmailChange, { input: { token } });
      expect(confirmEmailChange).toMatchObject({ emailChanged, userErrors: [] });
    }
    await mails.next('anna@example.org');

    expect((await session!.request(CloseAccount)).closeAccount.userErrors).toEqual([]);
    expect((await mails.next('anna@example.org')).subject).toBe('Su cuenta está cerrada');
    expect(await signIn('anna@example.org', NEW_PASSWORD)).toBeNull();
  });

  it('is not created twice: the mail to an address with an account states that there is one, and has no link', async () => {
    await gateway.account({ email: 'bert@example.com' });
    await signUp('bert@example.com');
    const mail = await mails.next('bert@example.com');
    expect(() => tokenIn(mail)).toThrow();
    const waiting = () => queryDatabase(gateway.database.url, 'SELECT email FROM sign_up');
    await expect.poll(waiting, { timeout: 15_000 }).toEqual([]);
  });

  it('has its password reset by its owner alone: an address without an account gets no mail', async () => {
    await anyone.request(RequestPasswordReset, { input: { email: 'nobody@example.com' } });
    const waiting = () => queryDatabase(gateway.database.url, 'SELECT email FROM password_reset');
    // It is held back for a while, as a mail to somebody with an account is.
    await expect.poll(waiting, { timeout: 15_000 }).toEqual([]);
    expect(mails.accepted.filter(({ to }) => to === 'nobody@example.com')).toEqual([]);
  });
});
