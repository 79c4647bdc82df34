// People with a second factor, for tests that begin there.
import { totpCode } from '../../../src/services/sign-in/second-factors/totp-code.js';
import type { TestGateway } from '../gateway.js';
import type { TestAccount } from './account.js';
import { Authenticator, type Behaviour } from './authenticator.js';

export interface Enrolled {
  /** In base32. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

const PERIOD_MS = 30_000;

/** The code of now; the next one is good already, too. */
export function codeOf(secret: string, which: 'now' | 'next' = 'now'): string {
  return totpCode(secret, Date.now() + (which === 'next' ? PERIOD_MS : 0));
}

/** Gives the account an authenticator app; its code of now is spent then. */
export async function enrolTotp(gateway: TestGateway, account: TestAccount): Promise<Enrolled> {
  const { token, fresh: headers } = account;
  const started = await gateway.call({ query: 'mutation { startTotp { secret } }', token, headers });
  const { secret } = started.data.startTotp;
  const query =
    'mutation ($code: String!) { confirmTotp(input: { code: $code }) { recoveryCodes userErrors { code } } }';
  const { data } = await gateway.call({ query, variables: { code: codeOf(secret) }, token, headers });
  return { secret, recoveryCodes: data.confirmTotp.recoveryCodes };
}

const REGISTER = `mutation ($input: RegisterPasskeyInput!) {
  registerPasskey(input: $input) { passkey { id label backedUp } recoveryCodes userErrors { field code } }
}`;

export async function registrationOptions(gateway: TestGateway, { token, fresh: headers }: TestAccount) {
  const query = 'mutation { startPasskeyRegistration { options userErrors { field code } } }';
  return (await gateway.call({ query, token, headers })).data.startPasskeyRegistration.options;
}

/** The payload of `registerPasskey`. */
export async function register(
  gateway: TestGateway,
  { token, fresh: headers }: TestAccount,
  input: { response: Record<string, unknown>; label?: string },
) {
  const { data } = await gateway.call({ query: REGISTER, variables: { input }, token, headers });
  return data.registerPasskey;
}

/** Gives the account a passkey. */
export async function enrolPasskey(
  gateway: TestGateway,
  account: TestAccount,
  authenticator: Authenticator = new Authenticator(),
  label = '',
): Promise<{ authenticator: Authenticator; id: string; recoveryCodes: readonly string[] | null }> {
  const response = authenticator.create(await registrationOptions(gateway, account));
  const { passkey, recoveryCodes } = await register(gateway, account, { response, label });
  return { authenticator, id: passkey.id, recoveryCodes };
}

/** Shows a passkey: an input for `signInWithPasskey`, `completeSignIn` and `stepUp`. */
export async function assertion(
  gateway: TestGateway,
  authenticator: Authenticator,
  behaviour: Behaviour = {},
): Promise<Record<string, unknown>> {
  const { data } = await gateway.call({ query: 'mutation { startPasskeySignIn { options } }' });
  return authenticator.get(data.startPasskeySignIn.options, behaviour);
}
