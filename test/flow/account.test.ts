import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../support/account.js';
import { faults, startTestGateway, type TestGateway } from '../support/gateway.js';
import { type MailServer, startMailServer, tokenIn } from '../support/mail-server.js';
import { queryDatabase } from '../support/postgres.js';

const NEW_PASSWORD = 'another long enough passphrase';

describe('an account, from the first mail to the last', () => {
  let mails: MailServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    mails = await startMailServer();
    gateway = await startTestGateway({ config: { smtpUrl: mails.url } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await mails?.stop();
  });

  async function mutate(
    name: string,
    input: object,
    fields: string,
    as: { token?: string; headers?: Record<string, string> } = {},
  ) {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { field code } } }`;
    const { data, errors } = await gateway.call({ query, variables: { input }, ...as });
    expect(errors).toBeUndefined();
    return data[name];
  }
  const signUp = async (email: string, more: object = {}) => {
    const input = { email, password: PASSWORD, country: 'DE', attestedAge: 18, ...more };
    expect(faults(await mutate('signUp', input, ''))).toEqual([]);
  };
  const signIn = async (email: string, password: string) => {
    const payload = await mutate(
      'signIn',
      { email, password, delivery: 'BEARER' },
      'sessionToken stepUpToken',
    );
    return payload.userErrors.length > 0
      ? null
      : { token: payload.sessionToken, headers: { 'step-up-token': payload.stepUpToken } };
  };

  it('goes by the links of its mails', async () => {
    await signUp('anna@example.com', { locale: 'ES', name: 'Anna' });
    const link = tokenIn(await mails.next('anna@example.com'));
    const confirmed = await mutate('confirmSignUp', { token: link, password: PASSWORD }, 'account { name }');
    expect(confirmed).toEqual({ account: { name: 'Anna' }, userErrors: [] });

    await mutate('requestPasswordReset', { email: 'anna@example.com' }, '');
    const reset = { token: tokenIn(await mails.next('anna@example.com')), newPassword: NEW_PASSWORD };
    expect(faults(await mutate('resetPassword', reset, ''))).toEqual([]);
    expect((await mails.next('anna@example.com')).html).toContain('lang="es"');
    expect(await signIn('anna@example.com', PASSWORD)).toBeNull();
    const session = await signIn('anna@example.com', NEW_PASSWORD);

    await mutate('changeEmail', { newEmail: 'anna@example.org' }, '', session!);
    for (const [address, emailChanged] of [
      ['anna@example.org', false],
      ['anna@example.com', true],
    ] as const) {
      const token = tokenIn(await mails.next(address));
      const payload = await mutate('confirmEmailChange', { token }, 'emailChanged');
      expect(payload).toEqual({ emailChanged, userErrors: [] });
    }
    await mails.next('anna@example.org');

    const close = 'mutation { closeAccount { userErrors { code } } }';
    expect((await gateway.call({ query: close, ...session! })).data.closeAccount.userErrors).toEqual([]);
    expect((await mails.next('anna@example.org')).subject).toBe('Su cuenta está cerrada');
    expect(await signIn('anna@example.org', NEW_PASSWORD)).toBeNull();
  });

  it('is not made twice: the mail to an address with an account says that there is one, and has no link', async () => {
    await gateway.account({ email: 'bert@example.com' });
    await signUp('bert@example.com');
    const mail = await mails.next('bert@example.com');
    expect(() => tokenIn(mail)).toThrow();
    const waiting = () => queryDatabase(gateway.database.url, 'SELECT email FROM sign_up');
    await expect.poll(waiting, { timeout: 15_000 }).toEqual([]);
  });

  it('has its password reset by its owner alone: an address without an account gets no mail', async () => {
    await mutate('requestPasswordReset', { email: 'nobody@example.com' }, '');
    const waiting = () => queryDatabase(gateway.database.url, 'SELECT email FROM password_reset');
    // It is held back for a while, as a mail to somebody with an account is.
    await expect.poll(waiting, { timeout: 15_000 }).toEqual([]);
    expect(mails.accepted.filter(({ to }) => to === 'nobody@example.com')).toEqual([]);
  });

  it('that staff close names the case in its last mail', async () => {
    await gateway.account({ email: 'carl@example.com' });
    const report = { account: 'carl@example.com', caseReference: 'CASE-7' };
    const token = await gateway.support();
    expect((await mutate('reportMinor', report, 'erased', { token })).erased).toBe(true);
    expect((await mails.next('carl@example.com')).text).toContain('CASE-7');
  });
});
