// Signing in with a passkey alone: the authenticator has verified the person, so that it is two factors at once.

import type { Throttle } from '../../../ephemeral/throttle.js';
import { done, type Outcome, refused, type UserErrorCode } from '../../../input/user-error.js';
import type { Address } from '../../../lib/ip.js';
import type { CredentialService } from '../credentials.js';
import type { SignedIn, SignInService } from '../sign-in.js';
import type { PasskeyService } from './passkey.js';

export class PasskeySignInService {
  constructor(
    private readonly parts: {
      readonly passkeys: PasskeyService;
      readonly credentials: CredentialService;
      readonly signIn: SignInService;
      readonly throttle: Throttle;
    },
  ) {}

  /** `response`: an AuthenticationResponseJSON. `source`: where the request comes from. */
  async signIn(response: unknown, source: Address | null): Promise<Outcome<SignedIn>> {
    const { passkeys, credentials, signIn, throttle } = this.parts;
    if (!(await throttle.allows('sign-in', { source }))) return refusal('TOO_MANY_ATTEMPTS');
    const accountId = await passkeys.identify(response);
    const holder = accountId && (await credentials.holder(accountId));
    const signedIn = holder && (await signIn.begin(holder, true));
    if (!signedIn) return refusal('PASSKEY_REFUSED');
    await throttle.forget('sign-in', { source });
    return done(signedIn);
  }
}

function refusal(code: UserErrorCode) {
  return refused({ field: null, code });
}
