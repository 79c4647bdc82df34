// The owner of an account as a recipient of mails.
import type { DataSource } from 'typeorm';
import { localeOf } from '../../lib/locale.js';
import type { OwnerLookup } from '../../mail/mail.js';

export function ownerLookup(database: Pick<DataSource, 'query'>): OwnerLookup {
  return async (accountId) => {
    const [row] = await database.query<{ email: string; locale: string }[]>(
      'SELECT email, locale FROM account WHERE id = $1',
      [accountId],
    );
    return row === undefined ? null : { to: row.email, locale: localeOf(row.locale) };
  };
}
