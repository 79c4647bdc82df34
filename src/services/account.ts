// Accounts: found, without ever telling a stranger whether one exists.
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Locale, Role } from '../entities/account.js';
import { parseEmail } from './email.js';
import { done, type Outcome, refused } from './fault.js';
import type { PasswordHasher, PasswordRules } from './password.js';

export interface AccountView {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly name: string | null;
  readonly locale: Locale;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** How often the profile has been changed, and one. */
  readonly version: number;
}

/** The columns of an AccountView. */
export const ACCOUNT_COLUMNS = 'id, email, role, name, locale, country, version';

export class AccountService {
  constructor(
    private readonly database: DataSource,
    private readonly passwords: PasswordHasher,
    private readonly passwordRules: PasswordRules,
  ) {}

  /**
   * Makes an account for the e-mail address unless it has one; the outcome is the same. So is the work: one hash, and
   * one statement that writes one row, so that the time does not tell either.
   */
  async signUp(input: { email: string; password: string }): Promise<Outcome<null>> {
    const email = parseEmail(input.email);
    const fault = await this.passwordRules.fault(input.password, email, { secondFactor: false });
    if (email === null || fault !== null) {
      const faults = email === null ? [{ field: 'email', code: 'INVALID_EMAIL' } as const] : [];
      return refused(...faults, ...(fault === null ? [] : [fault]));
    }
    const passwordHash = await this.passwords.hash(input.password);
    await this.database.query(
      `INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, $3, 'user')
       ON CONFLICT (email) DO UPDATE SET email = account.email`,
      [randomUUID(), email, passwordHash],
    );
    return done(null);
  }

  async find(id: string): Promise<AccountView | null> {
    const [account] = await this.database.query<AccountView[]>(
      `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE id = $1`,
      [id],
    );
    return account ?? null;
  }
}
