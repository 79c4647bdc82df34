// Accounts, as they are shown to whom they belong.

import type { Statements } from '../../db/statements.js';
import type { Role } from '../../entities/account/account.js';
import { parseEmail } from '../../input/email.js';
import type { Locale } from '../../lib/locale.js';
import { isUuid } from '../../lib/uuid.js';

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

const BY_ID = { name: 'account', text: `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE id = $1` };
const BY_EMAIL = {
  name: 'account-by-email',
  text: `SELECT ${ACCOUNT_COLUMNS} FROM account WHERE email = $1`,
};

export class AccountService {
  constructor(private readonly reads: Statements) {}

  async find(id: string): Promise<AccountView | null> {
    const [account] = await this.reads.run<AccountView>(BY_ID, [id]);
    return account ?? null;
  }

  async findByIdOrEmail(text: string): Promise<AccountView | null> {
    if (isUuid(text)) return this.find(text);
    const [account] = await this.reads.run<AccountView>(BY_EMAIL, [parseEmail(text)]);
    return account ?? null;
  }
}
