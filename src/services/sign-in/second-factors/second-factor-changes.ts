// What goes with every second factor that is added or removed: recovery codes, a mail to the owner, an end to sessions
// that are worth less than before, and the rule that a password which stands alone must be a long one.

import type { DataSource, EntityManager } from 'typeorm';
import type { Throttle } from '../../../ephemeral/throttle.js';
import { done, type Outcome, refused, type UserError } from '../../../input/user-error.js';
import type { Outbox } from '../../../mail/outbox.js';
import { type ActingSession, type CredentialService, shownPasswordError } from '../credentials.js';
import { type SecurityChange, securityNoticeMail } from '../mails/security-notice.js';
import type { PasswordRules } from '../password.js';
import type { SessionService } from '../session.js';
import type { RecoveryCodes } from './recovery-codes.js';

export interface Added<T> {
  readonly added: T;
  /** Handed out with the first second factor; null with others, and those handed out before stay good. */
  readonly recoveryCodes: readonly string[] | null;
}

/**
 * Does the change itself, in the transaction; a refusal undoes it. `passwordHash`: the account's, which nobody else can
 * change meanwhile.
 */
type Work<T> = (manager: EntityManager, passwordHash: string) => Promise<Outcome<T>>;

const CHANGED_MEANWHILE: UserError = { field: 'password', code: 'CONFLICT' };

/** All outcomes are null when the account is gone. */
export class SecondFactorChanges {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly outbox: Outbox;
      readonly credentials: CredentialService;
      readonly passwordRules: PasswordRules;
      readonly recoveryCodes: RecoveryCodes;
      readonly sessions: SessionService;
      readonly throttle: Throttle;
    },
  ) {}

  /** `work` adds one, which has been shown in the session. */
  async add<T>(
    { accountId, token }: ActingSession,
    change: SecurityChange,
    work: Work<T>,
  ): Promise<Outcome<Added<T>> | null> {
    const { recoveryCodes, sessions } = this.parts;
    const outcome = await this.inTransaction(accountId, change, async (manager, passwordHash) => {
      const isFirst = !(await isEnrolled(manager, accountId));
      const result = await work(manager, passwordHash);
      if (!result.ok) return result;
      const codes = isFirst ? await recoveryCodes.renew(manager, accountId) : null;
      return done({ added: result.value, recoveryCodes: codes });
    });
    if (!outcome?.ok) return outcome;
    // Someone who knows only the password must not stay signed in.
    if (outcome.value.recoveryCodes !== null) await sessions.revokeAll(accountId, token);
    await sessions.setSecondFactor(token, true);
    return outcome;
  }

  /** `work` removes one. `password`: needed when no other second factor is left. */
  async remove(
    session: ActingSession,
    password: string | null,
    change: SecurityChange,
    work: Work<null>,
  ): Promise<Outcome<null> | null> {
    const { credentials, recoveryCodes, sessions } = this.parts;
    const { accountId, token } = session;
    const before = await credentials.holder(accountId);
    const wrong = password === null ? null : await shownPasswordError(this.parts, session, password);
    if (wrong !== null) return refused(wrong);
    const alone = await this.passwordAlone(password);
    const outcome = await this.inTransaction(accountId, change, async (manager, passwordHash) => {
      const result = await work(manager, passwordHash);
      if (!result.ok) return result;
      const wasLast = !(await isEnrolled(manager, accountId));
      if (wasLast && alone !== null) return refused(alone);
      // What was looked at is another one's password now, and that may be too short to stand alone.
      if (wasLast && passwordHash !== before?.passwordHash) return refused(CHANGED_MEANWHILE);
      if (wasLast) await recoveryCodes.remove(manager, accountId);
      return done({ wasLast });
    });
    if (!outcome?.ok) return outcome;
    // Someone who found or stole the removed factor may have started sessions with it.
    await sessions.revokeAll(accountId, token);
    if (outcome.value.wasLast) await sessions.setSecondFactor(token, false);
    return done(null);
  }

  /** Recovery codes instead of those handed out before; they stand beside a second factor only. */
  async renewRecoveryCodes(accountId: string): Promise<Outcome<readonly string[]> | null> {
    const { recoveryCodes } = this.parts;
    return this.inTransaction(accountId, 'recovery-codes-renewed', async (manager) => {
      if (!(await isEnrolled(manager, accountId))) return refused({ field: null, code: 'NO_SECOND_FACTOR' });
      return done(await recoveryCodes.renew(manager, accountId));
    });
  }

  /** Changes of one account come one after the other. The mail goes out if and only if the change is made. */
  private async inTransaction<T>(
    accountId: string,
    change: SecurityChange,
    work: Work<T>,
  ): Promise<Outcome<T> | null> {
    const { database, outbox } = this.parts;
    try {
      return await database.transaction(async (manager) => {
        const [locked] = await manager.query<{ passwordHash: string }[]>(
          'SELECT password_hash AS "passwordHash" FROM account WHERE id = $1 FOR NO KEY UPDATE',
          [accountId],
        );
        if (locked === undefined) return null;
        const outcome = await work(manager, locked.passwordHash);
        if (!outcome.ok) throw new Refusal(outcome.userErrors);
        await outbox.put(manager, securityNoticeMail, { accountId, change });
        return outcome;
      });
    } catch (error) {
      if (error instanceof Refusal) return refused(...error.userErrors);
      throw error;
    }
  }

  /** What speaks against the account's having the password alone. */
  private async passwordAlone(password: string | null): Promise<UserError | null> {
    return password === null
      ? { field: 'password', code: 'PASSWORD_NEEDED' }
      : this.parts.passwordRules.check(password, null, { secondFactor: false });
  }
}

class Refusal extends Error {
  constructor(readonly userErrors: readonly UserError[]) {
    super('refused');
  }
}

/** Whether the account has a second factor; recovery codes are none by themselves. */
export async function isEnrolled(manager: EntityManager, accountId: string): Promise<boolean> {
  const found = await manager.query<unknown[]>(
    `SELECT FROM totp WHERE account_id = $1 AND confirmed UNION ALL SELECT FROM passkey WHERE account_id = $1 LIMIT 1`,
    [accountId],
  );
  return found.length > 0;
}
