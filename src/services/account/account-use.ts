// That an account is used, to the quarter and no finer: so much must be known for accounts that nobody uses to go.
import type { DataSource, EntityManager } from 'typeorm';
import { type Clock, type Day, firstDayOf, monthOf, monthsAfter, today } from '../../lib/calendar.js';

/** An earlier quarter gives way to a later one, and what was written to the owner does not count any more. */
const ON_USE = `ON CONFLICT (account_id) DO UPDATE SET quarter = excluded.quarter, notices = 0, next_on = NULL
  WHERE account_use.quarter < excluded.quarter OR account_use.notices > 0`;

/** Marks the use of all accounts with usage on a day ($1). */
export const MARK_USAGE = `INSERT INTO account_use (account_id, quarter)
  SELECT DISTINCT account_id, date_trunc('quarter', day)::date FROM usage_day JOIN account ON account.id = account_id
  WHERE day = $1 ORDER BY account_id ${ON_USE}`;

export class AccountUseService {
  constructor(private readonly parts: { readonly database: DataSource; readonly clock: Clock }) {}

  /** The account is used now: somebody signs in to it, or pays. Writes once a quarter. */
  async mark(
    accountId: string,
    manager: Pick<EntityManager, 'query'> = this.parts.database.manager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO account_use (account_id, quarter) SELECT id, $2 FROM account WHERE id = $1 ${ON_USE}`,
      [accountId, quarterOf(today(this.parts.clock()))],
    );
  }
}

/** Its first day. */
export function quarterOf(day: Day): Day {
  const month = monthOf(day);
  return firstDayOf(monthsAfter(month, -((Number(month.slice(5)) - 1) % 3)));
}
