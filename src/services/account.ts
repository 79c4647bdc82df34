// Accounts: made and found, without ever telling a stranger whether one exists.
import { randomUUID } from 'node:crypto';
import type { Repository } from 'typeorm';
import type { Account, Role } from '../entities/account.js';
import { parseEmail } from './email.js';
import { done, type Outcome, refused } from './fault.js';
import type { PasswordHasher, PasswordRules } from './password.js';

export interface AccountView {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
}

export class AccountService {
  constructor(
    private readonly accounts: Repository<Account>,
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
    await this.accounts.query(
      `INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, $3, 'user')
       ON CONFLICT (email) DO UPDATE SET email = account.email`,
      [randomUUID(), email, passwordHash],
    );
    return done(null);
  }

  async find(id: string): Promise<AccountView | null> {
    const account = await this.accounts.findOneBy({ id });
    return account === null ? null : view(account);
  }
}

function view({ id, email, role }: Account): AccountView {
  return { id, email, role };
}
