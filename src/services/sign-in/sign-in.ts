// Signing in: who may try, whose credentials they are, which second factor is due, and the session that comes of it.

import type { ReplayGuard } from '../../ephemeral/replay-guard.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { parseEmail } from '../../input/email.js';
import { done, type Outcome, refused, type UserErrorCode } from '../../input/user-error.js';
import type { Address } from '../../lib/ip.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { AccountService, AccountView } from '../account/account.js';
import type { AccountUseService } from '../account/account-use.js';
import type { CredentialService, Holder } from './credentials.js';
import { KnownBrowsers } from './known-browsers.js';
import type { SecondFactorMethod, SecondFactorProof, SecondFactors } from './second-factors/second-factor.js';
import type { NewSession, SessionService } from './session.js';
import type { StepUpService } from './step-up.js';

const CHALLENGE_SECONDS = 5 * 60;

export interface SignedIn {
  readonly account: AccountView;
  readonly session: NewSession;
  /** Signing in is a fresh proof of a factor. */
  readonly stepUpToken: string;
}

/** The password was right, and a second factor is to follow within five minutes. */
export interface Challenge {
  readonly token: string;
  readonly methods: readonly SecondFactorMethod[];
}

export class SignInService {
  private readonly knownBrowsers: KnownBrowsers;

  constructor(
    private readonly parts: {
      readonly accounts: AccountService;
      readonly accountUse: Pick<AccountUseService, 'mark'>;
      readonly credentials: CredentialService;
      readonly secondFactors: SecondFactors;
      readonly sessions: SessionService;
      readonly stepUp: StepUpService;
      readonly throttle: Throttle;
      readonly replayGuard: ReplayGuard;
      readonly keyring: Keyring;
    },
  ) {
    this.knownBrowsers = new KnownBrowsers(parts.keyring);
  }

  /**
   * `source`: where the request comes from. `browser`: the cookie of a known browser, which may be anything. The refusals
   * are the same whether or not there is such an account.
   */
  async signIn(
    input: { email: string; password: string },
    source: Address | null,
    browser: string | null = null,
  ): Promise<Outcome<SignedIn | Challenge>> {
    const { credentials, secondFactors, throttle } = this.parts;
    const email = parseEmail(input.email);
    const known = this.knownBrowsers.find(browser, email);
    const subject = known === null ? { email, source } : { known };
    const refusedBy = await throttle.refusedBy('sign-in', subject);
    // That an address is locked, and no more after its owner has signed in or has set another password, would be the sign
    // that it has an owner: the answer and the work are those of a wrong password.
    const isLocked = refusedBy?.every((part) => part === 'email') ?? false;
    if (refusedBy !== null && !isLocked) return refusal('TOO_MANY_ATTEMPTS');
    const holder = await credentials.check(input);
    if (holder === null || isLocked) return refusal('INVALID_CREDENTIALS');
    await throttle.forget('sign-in', subject);
    const methods = await secondFactors.methods(holder.id);
    if (methods.length > 0) return done({ token: this.challenge(holder), methods });
    const signedIn = await this.begin(holder, false);
    return signedIn === null ? refusal('INVALID_CREDENTIALS') : done(signedIn);
  }

  /** A challenge is valid for one session, and until the password changes. `browser`: as for `signIn`. */
  async complete(
    challenge: string,
    proof: SecondFactorProof,
    browser: string | null = null,
  ): Promise<Outcome<SignedIn>> {
    const { secondFactors, throttle, replayGuard } = this.parts;
    const holder = await this.challenged(challenge);
    if (holder === null) return refusal('CHALLENGE_INVALID');
    const known = this.knownBrowsers.find(browser, holder.email);
    const subject = known === null ? { accountId: holder.id } : { known };
    if (!(await throttle.allows('second-factor', subject))) return refusal('TOO_MANY_ATTEMPTS');
    // Before the factor: of many that come at once, only one uses a recovery code up.
    if (!(await replayGuard.firstUse('sign-in-challenge', challenge, CHALLENGE_SECONDS))) {
      return refusal('CHALLENGE_INVALID');
    }
    let isRight = false;
    try {
      isRight = await secondFactors.verify(holder.id, proof);
    } finally {
      // A typing error, or a store that is away, does not ask for the password again.
      if (!isRight) await replayGuard.forget('sign-in-challenge', challenge, CHALLENGE_SECONDS);
    }
    if (!isRight) return refusal('SECOND_FACTOR_WRONG');
    await throttle.forget('second-factor', subject);
    const signedIn = await this.begin(holder, true);
    return signedIn === null ? refusal('CHALLENGE_INVALID') : done(signedIn);
  }

  /** Null when the account has changed since it was read: what ended all its sessions then has not ended this one. */
  async begin(holder: Holder, secondFactor: boolean): Promise<SignedIn | null> {
    const { accounts, accountUse, sessions, stepUp } = this.parts;
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
    await accountUse.mark(id);
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
    const { keyring, replayGuard, credentials } = this.parts;
    const subject = keyring.redeem('sign-in-challenge', challenge);
    if (subject === null) return null;
    const [id, fingerprint, made] = JSON.parse(subject) as [string, string, number];
    // An older one may have been spent without this gateway's knowing.
    if (made < replayGuard.since()) return null;
    const holder = await credentials.holder(id);
    return holder !== null && this.fingerprint(holder.passwordHash) === fingerprint ? holder : null;
  }

  private fingerprint(passwordHash: string): string {
    return this.parts.keyring.digest('sign-in-challenge', passwordHash);
  }
}

function refusal(code: UserErrorCode) {
  return refused({ field: null, code });
}
