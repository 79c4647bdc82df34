// A new password: whoever held the old one is signed out, and the account's owner is told.
import type { DataSource, EntityManager } from 'typeorm';
import type { Outbox } from '../mail/outbox.js';
import { done, type Fault, type Outcome, refused } from './fault.js';
import type { PasswordHasher, PasswordRules } from './password.js';
import type { SecondFactors } from './second-factor.js';
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
    const fault = await newPasswordFault(this.parts, owner, newPassword);
    if (fault !== null) return refused(fault);
    const hash = await this.parts.passwords.hash(newPassword);
    await this.parts.database.transaction((manager) => setPassword(manager, this.parts.outbox, owner, hash));
    // Once the old password is worth nothing: a session that it begins before would outlive it.
    await this.parts.sessions.revokeAll(accountId, sessionToken);
    return done(null);
  }
}

export async function newPasswordFault(
  { passwordRules, secondFactors }: PasswordParts,
  owner: Owner,
  newPassword: string,
): Promise<Fault | null> {
  const secondFactor = (await secondFactors.methods(owner.id)).length > 0;
  const fault = await passwordRules.fault(newPassword, owner.email, { secondFactor });
  return fault && { ...fault, field: 'newPassword' };
}

/** In a transaction; links for another new password are worth nothing then. */
export async function setPassword(
  manager: EntityManager,
  outbox: Outbox,
  { id, email }: Owner,
  hash: string,
): Promise<void> {
  await manager.query('UPDATE account SET password_hash = $2 WHERE id = $1', [id, hash]);
  await manager.query('DELETE FROM password_reset WHERE email = $1', [email]);
  await outbox.post(manager, { template: 'security-notice', accountId: id, change: 'password-changed' });
}
