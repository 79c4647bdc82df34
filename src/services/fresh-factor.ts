// Showing a factor again in a session that goes on: before an account is changed, exported or closed.
import { type CredentialService, shownPasswordFault } from './credentials.js';
import { done, type Outcome, refused } from './fault.js';
import type { SecondFactorProof, SecondFactors } from './second-factor.js';
import type { SessionService } from './session.js';
import type { StepUpService } from './step-up.js';
import type { Throttle } from './throttle.js';

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
  async show(session: { accountId: string; token: string }, factor: Factor): Promise<Outcome<string>> {
    const { accountId, token } = session;
    const outcome =
      'password' in factor
        ? await this.showPassword(accountId, factor.password)
        : await this.showSecondFactor(accountId, factor);
    if (!outcome.ok) return outcome;
    if (!('password' in factor)) await this.parts.sessions.setSecondFactor(token, true);
    return done(this.parts.stepUp.issue(token));
  }

  private async showPassword(accountId: string, password: string): Promise<Outcome<null>> {
    const methods = await this.parts.secondFactors.methods(accountId);
    if (methods.length > 0) return refused({ field: 'password', code: 'SECOND_FACTOR_NEEDED' });
    const fault = await shownPasswordFault(this.parts, accountId, password);
    return fault === null ? done(null) : refused(fault);
  }

  private async showSecondFactor(accountId: string, proof: SecondFactorProof): Promise<Outcome<null>> {
    const { secondFactors, throttle } = this.parts;
    if (!(await throttle.allows('second-factor', { accountId }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const right = await secondFactors.verify(accountId, proof);
    if (!right) return refused({ field: null, code: 'SECOND_FACTOR_WRONG' });
    await throttle.forget('second-factor', { accountId });
    return done(null);
  }
}
