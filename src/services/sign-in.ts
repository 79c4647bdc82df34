// Signing in: who may try, whose credentials they are, and the session that comes of it.
import type { Address } from '../allowlist/address.js';
import type { AccountService, AccountView } from './account.js';
import { parseEmail } from './email.js';
import { done, type Outcome, refused } from './fault.js';
import type { NewSession, SessionService } from './session.js';
import type { Throttle } from './throttle.js';

export interface SignedIn {
  readonly account: AccountView;
  readonly session: NewSession;
}

export class SignInService {
  constructor(
    private readonly accounts: AccountService,
    private readonly sessions: SessionService,
    private readonly throttle: Throttle,
  ) {}

  /** `source`: where the request comes from. The refusals are the same whether or not there is such an account. */
  async signIn(
    input: { email: string; password: string },
    source: Address | null,
  ): Promise<Outcome<SignedIn>> {
    const subject = { email: parseEmail(input.email), source };
    if (!(await this.throttle.allows('sign-in', subject))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const account = await this.accounts.authenticate(input);
    if (account === null) return refused({ field: null, code: 'INVALID_CREDENTIALS' });
    await this.throttle.forget('sign-in', subject);
    const { id: accountId, role } = account;
    const session = await this.sessions.create({ accountId, role, secondFactor: false });
    return done({ account, session });
  }
}
