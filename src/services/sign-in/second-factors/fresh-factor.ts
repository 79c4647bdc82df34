// Showing a factor again in a session that goes on: before an account is changed, exported or closed.

import type { Throttle } from '../../../ephemeral/throttle.js';
import { done, type Outcome, refused } from '../../../input/user-error.js';
import { type ActingSession, type CredentialService, shownPasswordError } from '../credentials.js';
import type { SessionService } from '../session.js';
import type { StepUpService } from '../step-up.js';
import type { SecondFactorProof, SecondFactors } from './second-factor.js';

type Factor = { readonly password: string } | SecondFactorProof;

export class FreshFactorService {
  constructor(
    private readonly parts: {
      readonly credentials: CredentialService;
      readonly secondFactors: SecondFactors;
      readonly sessions: SessionService;
      readonly stepUp: StepUpService;
      readonly throttle: Throttle;
    },
  ) {}

  /** A step-up token. Where there is a second factor the password alone does not do: who has stolen it must not get far. */
  async show(session: ActingSession, factor: Factor): Promise<Outcome<string>> {
    const { token } = session;
    const outcome =
      'password' in factor
        ? await this.showPassword(session, factor.password)
        : await this.showSecondFactor(session, factor);
    if (!outcome.ok) return outcome;
    if (!('password' in factor)) await this.parts.sessions.setSecondFactor(token, true);
    return done(this.parts.stepUp.issue(token));
  }

  private async showPassword(session: ActingSession, password: string): Promise<Outcome<null>> {
    const methods = await this.parts.secondFactors.methods(session.accountId);
    if (methods.length > 0) return refused({ field: 'password', code: 'SECOND_FACTOR_NEEDED' });
    const userError = await shownPasswordError(this.parts, session, password);
    return userError === null ? done(null) : refused(userError);
  }

  private async showSecondFactor(
    { accountId, token }: ActingSession,
    proof: SecondFactorProof,
  ): Promise<Outcome<null>> {
    const { secondFactors, throttle } = this.parts;
    if (!(await throttle.allows('second-factor', { known: token }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const right = await secondFactors.verify(accountId, proof);
    if (!right) return refused({ field: null, code: 'SECOND_FACTOR_WRONG' });
    await throttle.forget('second-factor', { known: token });
    return done(null);
  }
}
