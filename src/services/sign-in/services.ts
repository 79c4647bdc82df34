// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { EmailChangeService } from './email-change.js';
import type { KnownBrowsers } from './known-browsers.js';
import type { PasswordChangeService } from './password-change.js';
import type { PasswordResetService } from './password-reset.js';
import type { FreshFactorService } from './second-factors/fresh-factor.js';
import type { PasskeyService } from './second-factors/passkey.js';
import type { PasskeySignInService } from './second-factors/passkey-sign-in.js';
import type { SecondFactorService } from './second-factors/second-factors.js';
import type { TotpService } from './second-factors/totp.js';
import type { SessionService } from './session.js';
import type { SignInService } from './sign-in.js';
import type { SignUpService } from './sign-up.js';
import type { StepUpService } from './step-up.js';

export interface SignInServices {
  readonly emailChange: EmailChangeService;
  readonly freshFactor: FreshFactorService;
  readonly knownBrowsers: KnownBrowsers;
  readonly passkeys: PasskeyService;
  readonly passkeySignIn: PasskeySignInService;
  readonly passwordChange: PasswordChangeService;
  readonly passwordReset: PasswordResetService;
  readonly secondFactors: SecondFactorService;
  readonly session: SessionService;
  readonly signIn: SignInService;
  readonly signUp: SignUpService;
  readonly stepUp: StepUpService;
  readonly totp: TotpService;
}
