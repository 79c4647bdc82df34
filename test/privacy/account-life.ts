// All that an account goes through from its sign-up on, over the API and by mail, with every secret of it a canary.
import { TOTP } from 'otpauth';
import { expect } from 'vitest';
import { type GraphqlRequest, graphql } from '../support/http/graphql-client.js';
import { makeAccount } from '../support/people/account.js';
import type { Canaries } from './canary.js';
import type { RaidedProduct } from './raid.js';

/** A code that is good for the next half minute too: a gateway that has just begun takes none of an earlier step. */
const NEXT_STEP_MS = 30_000;

export interface LivedAccount {
  /** Of the session that is left. */
  readonly token: string;
  readonly password: string;
}

/** `email`: a canary already. Every answer is checked, so that each step was really taken. */
export async function liveAnAccountsLife(
  product: RaidedProduct,
  canaries: Canaries,
  email: string,
): Promise<LivedAccount> {
  const source = canaries.source('address that the account is made from');
  const ask = (request: GraphqlRequest) => graphql(product.graphqlUrl, { source, ...request });

  /** The payload of a mutation without arguments beside `input`. */
  async function mutate(
    name: string,
    input: Record<string, unknown> | null,
    fields: string,
    more: Partial<GraphqlRequest> = {},
  ) {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const query =
      input === null
        ? `mutation { ${name} { ${fields} userErrors { code } } }`
        : `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code } } }`;
    const { data, errors } = await ask({ query, ...(input !== null && { variables: { input } }), ...more });
    expect(errors).toBeUndefined();
    return data[name];
  }
  async function succeed(...args: Parameters<typeof mutate>) {
    const payload = await mutate(...args);
    expect({ name: args[0], errors: payload.userErrors }).toEqual({ name: args[0], errors: [] });
    return payload;
  }
  async function linkTo(address: string, label: string): Promise<string> {
    const newest = async () => {
      const answer = await fetch(`${product.mailboxUrl}/latest.token?to=${address}`);
      return answer.ok ? (await answer.text()).trim() : null;
    };
    // The mail that was sent to the address before may have a link, too.
    const known = new Set(canaries.all.map(({ value }) => value));
    let token: string | null = null;
    const isNew = async () => {
      token = await newest();
      return token !== null && !known.has(token);
    };
    await expect.poll(isNew, { timeout: 20_000 }).toBe(true);
    return canaries.token(label, token!);
  }
  /** Session and proof of a fresh factor. */
  function begun({ session }: { session: { token: string; stepUpToken: string } }, label: string) {
    const token = canaries.token(`session ${label}`, session.token);
    const fresh = { 'step-up-token': canaries.token(`step-up token ${label}`, session.stepUpToken) };
    return { token, headers: fresh };
  }

  const first = canaries.secret('password at sign-up');
  const about = { country: 'DE', locale: 'DE', attestedAge: 18 };
  await succeed('signUp', { email, password: first, ...about }, '');
  const confirmation = await linkTo(email, 'link of the sign-up');
  const SESSION = 'session { token stepUpToken }';
  const wrong = canaries.secret('wrong password at the confirmation');
  const refused = await mutate('confirmSignUp', { token: confirmation, password: wrong }, SESSION);
  expect(refused.userErrors).not.toEqual([]);
  const confirmed = { token: confirmation, password: first, delivery: 'BEARER' };
  let me = begun(await succeed('confirmSignUp', confirmed, SESSION), 'of the sign-up');
  // Nobody can say afterwards which of two sign-ups was refused: the answer is the same.
  await succeed('signUp', { email, password: canaries.secret('password of a second sign-up'), ...about }, '');

  const version = 1;
  const name = canaries.secret('name of a person');
  await succeed('updateProfile', { version, name, locale: 'EN', country: 'DE' }, '', me);
  const card = canaries.secret('card number', '4111 1111 1111 1111');
  const inCard = await mutate(
    'updateProfile',
    { version: 2, name: card, locale: 'EN', country: 'DE' },
    '',
    me,
  );
  expect(inCard.userErrors).toMatchObject([{ code: 'CARD_NUMBER' }]);

  const second = canaries.secret('password that was changed to');
  await succeed('changePassword', { newPassword: second }, '', me);
  const changed = { newEmail: `${canaries.secret('e-mail that the account changes to')}@example.com` };
  await succeed('changeEmail', changed, '', me);
  for (const [side, address] of Object.entries({ old: email, new: changed.newEmail })) {
    const token = await linkTo(address, `link to the ${side} e-mail address`);
    await succeed('confirmEmailChange', { token }, '');
  }

  await succeed('requestPasswordReset', { email: changed.newEmail }, '');
  const reset = await linkTo(changed.newEmail, 'link to set a new password');
  const password = canaries.secret('password after the reset');
  await succeed('resetPassword', { token: reset, newPassword: password }, '');
  const credentials = { email: changed.newEmail, password, delivery: 'BEARER' };
  me = begun(await succeed('signIn', credentials, SESSION), 'after the reset');

  const { secret } = await succeed('startTotp', null, 'secret', me);
  const totp = new TOTP({ secret: canaries.totpSecret('TOTP secret', secret) });
  const code = totp.generate({ timestamp: Date.now() + NEXT_STEP_MS });
  const { recoveryCodes } = await succeed('confirmTotp', { code }, 'recoveryCodes', me);
  for (const [index, each] of (recoveryCodes as string[]).entries()) {
    canaries.secret(`recovery code ${index}`, each);
  }
  const { challenge } = await succeed('signIn', credentials, 'challenge { token }');
  const spent = {
    challengeToken: canaries.token('challenge of a sign-in', challenge.token),
    factor: { recoveryCode: recoveryCodes[0] },
    delivery: 'BEARER',
  };
  me = begun(await succeed('completeSignIn', spent, SESSION), 'with a second factor');
  const passkey = await succeed('startPasskeyRegistration', null, 'options', me);
  canaries.token('challenge for a passkey', passkey.options.challenge);

  const consent = { purpose: 'ANALYTICS_COOKIES', granted: true };
  await succeed('setConsent', consent, '', { ...me, headers: { ...me.headers, 'sec-gpc': '1' } });
  await sendReceipt(product, canaries, changed.newEmail, mutate);
  return { token: me.token, password };
}

/** A mail with words of its own, which nothing may keep. */
async function sendReceipt(
  product: RaidedProduct,
  canaries: Canaries,
  email: string,
  mutate: (
    name: string,
    input: Record<string, unknown>,
    fields: string,
    more: Partial<GraphqlRequest>,
  ) => Promise<{ userErrors: unknown[] }>,
): Promise<void> {
  const { token } = await makeAccount(product, { role: 'support' });
  const reference = canaries.secret('words in the body of a mail');
  const receipt = { account: email, reference, amount: 999, currency: 'EUR', paidOn: '2026-11-01' };
  expect((await mutate('sendReceipt', receipt, '', { token })).userErrors).toEqual([]);
  const mail = async () => (await fetch(`${product.mailboxUrl}/latest.txt?to=${email}`)).text();
  await expect.poll(mail, { timeout: 20_000 }).toContain(reference);
}
