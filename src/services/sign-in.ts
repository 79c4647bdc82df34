// Signing in: who may try, whose credentials they are, which second factor is due, and the session that comes of it.
import type { Address } from '../allowlist/address.js';
import type { Keyring } from '../secrets/keyring.js';
import type { AccountService, AccountView } from './account.js';
import type { CredentialService, Holder } from './credentials.js';
import { parseEmail } from './email.js';
import { done, type FaultCode, type Outcome, refused } from './fault.js';
import type { Once } from './once.js';
import type { SecondFactorMethod, SecondFactorProof, SecondFactors } from './second-factor.js';
import type { NewSession, SessionService } from './session.js';
import type { StepUpService } from './step-up.js';
import type { Throttle } from './throttle.js';

const CHALLENGE_SECONDS = 5 * 60;

export interface SignedIn {
  readonly account: AccountView;
  readonly session: NewSession;
  /** Whoever has just signed in has shown a factor. */
  readonly stepUpToken: string;
}

/** The password was right, and a second factor is to follow within five minutes. */
export interface Challenge {
  readonly token: string;
  readonly methods: readonly SecondFactorMethod[];
}

export class SignInService {
  constructor(
    private readonly parts: {
      readonly accounts: AccountService;
      readonly credentials: CredentialService;
      readonly secondFactors: SecondFactors;
      readonly sessions: SessionService;
      readonly stepUp: StepUpService;
      readonly throttle: Throttle;
      readonly once: Once;
      readonly keyring: Keyring;
    },
  ) {}

  /** `source`: where the request comes from. The refusals are the same whether or not there is such an account. */
  async signIn(
    input: { email: string; password: string },
    source: Address | null,
  ): Promise<Outcome<SignedIn | Challenge>> {
    const { credentials, secondFactors, throttle } = this.parts;
    const subject = { email: parseEmail(input.email), source };
    if (!(await throttle.allows('sign-in', subject))) return refusal('TOO_MANY_ATTEMPTS');
    const holder = await credentials.check(input);
    if (holder === null) return refusal('INVALID_CREDENTIALS');
    await throttle.forget('sign-in', subject);
    const methods = await secondFactors.methods(holder.id);
    if (methods.length > 0) return done({ token: this.challenge(holder), methods });
    const signedIn = await this.begin(holder, false);
    return signedIn === null ? refusal('INVALID_CREDENTIALS') : done(signedIn);
  }

  /** A challenge is good for one session, and until the password changes. */
  async complete(challenge: string, proof: SecondFactorProof): Promise<Outcome<SignedIn>> {
    const { secondFactors, throttle, once } = this.parts;
    const holder = await this.challenged(challenge);
    if (holder === null) return refusal('CHALLENGE_INVALID');
    const subject = { accountId: holder.id };
    if (!(await throttle.allows('second-factor', subject))) return refusal('TOO_MANY_ATTEMPTS');
    if (!(await secondFactors.verify(holder.id, proof))) return refusal('SECOND_FACTOR_WRONG');
    // A wrong code does not spend it, so that a typing error does not ask for the password again.
    if (!(await once.first('sign-in-challenge', challenge, CHALLENGE_SECONDS))) {
      return refusal('CHALLENGE_INVALID');
    }
    await throttle.forget('second-factor', subject);
    const signedIn = await this.begin(holder, true);
    return signedIn === null ? refusal('CHALLENGE_INVALID') : done(signedIn);
  }

  /** Null when the account has changed since it was read: what ended all its sessions then has not ended this one. */
  async begin(holder: Holder, secondFactor: boolean): Promise<SignedIn | null> {
    const { accounts, sessions, stepUp } = this.parts;
    const { id, role } = holder;
    const session = await sessions.create({ accountId: id, role, secondFactor });
    const [account, unchanged] = await Promise.all([
      accounts.find(id),
      this.isUnchanged(holder, secondFactor),
    ]);
    if (account === null || !unchanged) {
      await sessions.revoke(session.token);
      return null;
    }
    return { account, session, stepUpToken: stepUp.issue(session.token) };
  }

  /** Whether password and role are those that were read, and no second factor has come up that was not asked for. */
  private async isUnchanged({ id, role, passwordHash }: Holder, secondFactor: boolean): Promise<boolean> {
    const { credentials, secondFactors } = this.parts;
    const [now, methods] = await Promise.all([
      credentials.holder(id),
      secondFactor ? [] : secondFactors.methods(id),
    ]);
    return now?.passwordHash === passwordHash && now.role === role && methods.length === 0;
  }

  private challenge({ id, passwordHash }: Holder): string {
    const now = Date.now();
    const subject = JSON.stringify([id, this.fingerprint(passwordHash), now]);
    return this.parts.keyring.issue('sign-in-challenge', subject, now + CHALLENGE_SECONDS * 1000);
  }

  /** The account that the challenge was made for, or null. */
  private async challenged(challenge: string): Promise<Holder | null> {
    const { keyring, once, credentials } = this.parts;
    const subject = keyring.redeem('sign-in-challenge', challenge);
    if (subject === null) return null;
    const [id, fingerprint, made] = JSON.parse(subject) as [string, string, number];
    // An older one may have been spent without this gateway's knowing.
    if (made < once.since()) return null;
    const holder = await credentials.holder(id);
    return holder !== null && this.fingerprint(holder.passwordHash) === fingerprint ? holder : null;
  }

  private fingerprint(passwordHash: string): string {
    return this.parts.keyring.digest('sign-in-challenge', passwordHash);
  }
}

function refusal(code: FaultCode) {
  return refused({ field: null, code });
}
