// Accounts, as they are shown to whom they belong.
import type { DataSource } from 'typeorm';
import type { Locale, Role } from '../entities/account.js';
import { isUuid } from '../uuid.js';
import { parseEmail } from './email.js';

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
  constructor(private readonly database: DataSource) {}

  async find(id: string): Promise<AccountView | null> {
    const [account] = await this.database.query<AccountView[]>(
      `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE id = $1`,
      [id],
    );
    return account ?? null;
  }

  async findByIdOrEmail(text: string): Promise<AccountView | null> {
    if (isUuid(text)) return this.find(text);
    const [account] = await this.database.query<AccountView[]>(
      `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE email = $1`,
      [parseEmail(text)],
    );
    return account ?? null;
  }
}
