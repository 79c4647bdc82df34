// Accounts with so much more data than others that support may ask their owners about it. Nobody is blocked and nobody is
// written to: support gets a draft of a mail, and decides.

import type { Pool } from 'pg';
import type { UsageConfig } from '../../config/gateway.js';
import { daysAfter, firstDayOf, type Month, monthsAfter } from '../../lib/calendar.js';
import { localeOf } from '../../lib/locale.js';
import { type MailDraft, toDraft } from '../../mail/draft.js';
import { firstKeptDay, firstOpenDay } from '../usage/storage.js';
import { heavyUsage } from './mails/heavy-usage.js';
import type { StaffAccessService } from './staff-access.js';

export interface HeavyUserView {
  /** Id. */
  readonly account: string;
  readonly megabytes: number;
  /** What the accounts had together that it was compared with. */
  readonly othersMegabytes: number;
  readonly daysConnected: number;
  readonly draft: MailDraft;
}

interface Row {
  readonly id: string;
  readonly email: string;
  readonly locale: string;
  readonly megabytes: number;
  readonly othersMegabytes: number;
  readonly daysConnected: number;
}

/**
 * Accounts that from a day ($1) to a day ($2) had more data than $3 others together: those in the middle of the ranking of
 * all that have transferred any (decision 0048). Nobody is heavy where there are not that many. An account among those $3
 * cannot have more than all of them. Who objects to statistics or restricts processing is not looked at. A day may be closed
 * by the clock and not moved yet, and then stands in the second table. Each table is summed separately first, which is
 * less work than all rows in one heap.
 */
const HEAVY = `
  WITH active AS MATERIALIZED (
    SELECT account_id, sum(megabytes) AS megabytes
    FROM (
      SELECT account_id, sum(megabytes) AS megabytes FROM usage_day
      WHERE day BETWEEN $1 AND $2 GROUP BY account_id
      UNION ALL
      SELECT account_id, sum(megabytes) FROM usage_report_row WHERE day BETWEEN $1 AND $2 GROUP BY account_id
    ) AS used
    WHERE account_id NOT IN (SELECT id FROM account WHERE objects_to_statistics OR restricts_processing)
    GROUP BY account_id HAVING sum(megabytes) > 0
  ), others AS (
    SELECT sum(megabytes) AS together
    FROM (
      SELECT megabytes FROM active ORDER BY megabytes
      OFFSET (SELECT greatest(count(*) - $3, 0) / 2 FROM active) LIMIT $3
    ) AS middle HAVING count(*) = $3
  )
  SELECT id, email, locale, megabytes::float8 AS megabytes,
    together::float8 AS "othersMegabytes",
    (
      SELECT count(DISTINCT day) FROM (
        SELECT day FROM usage_day WHERE account_id = id AND day BETWEEN $1 AND $2 AND connected
        UNION ALL
        SELECT day FROM usage_report_row WHERE account_id = id AND day BETWEEN $1 AND $2 AND connected
      ) AS days
    )::integer AS "daysConnected"
  FROM active JOIN account ON id = account_id CROSS JOIN others WHERE megabytes > together
  ORDER BY active.megabytes DESC, id`;

export class HeavyUserService {
  private readonly pool: Pool;
  private readonly staffAccess: Pick<StaffAccessService, 'record'>;
  private readonly config: UsageConfig;
  private readonly now: () => number;

  /** `now`: milliseconds since the epoch. */
  constructor(options: {
    usagePool: Pool;
    staffAccess: Pick<StaffAccessService, 'record'>;
    usage: UsageConfig;
    now?: () => number;
  }) {
    this.pool = options.usagePool;
    this.staffAccess = options.staffAccess;
    this.config = options.usage;
    this.now = options.now ?? Date.now;
  }

  /**
   * Most data first; nobody when no more accounts have transferred any than somebody must outdo. 'not-whole' unless all days of the month
   * are closed and kept. That staff look at these accounts is committed before they are shown.
   */
  async list(staffId: string, month: Month): Promise<HeavyUserView[] | 'not-whole'> {
    const now = this.now();
    const first = firstDayOf(month);
    const last = daysAfter(firstDayOf(monthsAfter(month, 1)), -1);
    const { openDays, months, heavyAccounts } = this.config;
    if (last >= firstOpenDay(openDays, now) || first < firstKeptDay(months, now)) return 'not-whole';
    const { rows } = await this.pool.query<Row>(HEAVY, [first, last, heavyAccounts]);
    const shown = await this.staffAccess.record({
      accountIds: rows.map(({ id }) => id),
      staffId,
      reason: 'heavy-usage',
      caseReference: null,
    });
    return rows
      .filter(({ id }) => shown.has(id))
      .map(({ id: account, email, locale: language, ...numbers }) => {
        const locale = localeOf(language);
        const letter = heavyUsage[locale]({ month, megabytes: numbers.megabytes });
        return { account, ...numbers, draft: toDraft(email, locale, letter) };
      });
  }
}
