// A new password: all other sessions end, and the account's owner is notified.

import type { DataSource, EntityManager } from 'typeorm';
import { done, type Outcome, refused } from '../../input/user-error.js';
import type { Outbox } from '../../mail/outbox.js';
import { securityNoticeMail } from './mails/security-notice.js';
import type { PasswordHasher, PasswordRules } from './password.js';
import type { SecondFactors } from './second-factors/second-factor.js';
import { isEnrolled } from './second-factors/second-factor-changes.js';
import type { SessionService } from './session.js';

export interface PasswordParts {
  readonly database: DataSource;
  readonly outbox: Outbox;
  readonly passwords: PasswordHasher;
  readonly passwordRules: PasswordRules;
  readonly secondFactors: SecondFactors;
  readonly sessions: SessionService;
}

interface Owner {
  readonly id: string;
  readonly email: string;
}

export class PasswordChangeService {
  constructor(private readonly parts: PasswordParts) {}

  /** The session of `sessionToken` stays; all others end. Null: the account is gone. */
  async change(accountId: string, newPassword: string, sessionToken: string): Promise<Outcome<null> | null> {
    const [owner] = await this.parts.database.query<Owner[]>('SELECT id, email FROM account WHERE id = $1', [
      accountId,
    ]);
    if (owner === undefined) return null;
    const outcome = await setPassword(this.parts, owner, newPassword, { keptSession: sessionToken });
    return outcome.ok ? done(null) : outcome;
  }
}

/**
 * Gives the account a new password, in the transaction in which `use` uses up what it was asked with; false when that was
 * used before. Links for another new password then stop working, and all sessions except `keptSession` end.
 */
export async function setPassword(
  { database, outbox, passwords, passwordRules, secondFactors, sessions }: PasswordParts,
  { id, email }: Owner,
  newPassword: string,
  how: { readonly keptSession?: string; readonly use?: (manager: EntityManager) => Promise<boolean> },
): Promise<Outcome<boolean>> {
  const secondFactor = (await secondFactors.methods(id)).length > 0;
  const userError = await passwordRules.check(newPassword, email, { secondFactor });
  if (userError !== null) return refused({ ...userError, field: 'newPassword' });
  const hash = await passwords.hash(newPassword);
  const outcome = await database.transaction(async (manager) => {
    await manager.query('SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE', [id]);
    // A second factor that was removed meanwhile would leave a short password alone.
    if (secondFactor && !(await isEnrolled(manager, id))) {
      return refused({ field: 'newPassword', code: 'CONFLICT' });
    }
    if (how.use !== undefined && !(await how.use(manager))) return done(false);
    await manager.query('UPDATE account SET password_hash = $2 WHERE id = $1', [id, hash]);
    await manager.query('DELETE FROM password_reset WHERE email = $1', [email]);
    await outbox.put(manager, securityNoticeMail, { accountId: id, change: 'password-changed' });
    // Before it counts, so that none is left should this process end now …
    await sessions.revokeAll(id, how.keptSession);
    return done(true);
  });
  // … and after: until then the old password could begin another.
  if (outcome.ok && outcome.value) await sessions.revokeAll(id, how.keptSession);
  return outcome;
}
