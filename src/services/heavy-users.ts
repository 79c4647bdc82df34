// Accounts with so much more data than others that support may ask their owners about it. Nobody is blocked and nobody is
// written to: support gets a draft of a mail, and decides.
import type { Pool } from 'pg';
import type { UsageConfig } from '../config/gateway.js';
import { daysAfter, firstDayOf, type Month, monthsAfter } from '../day.js';
import { type MailDraft, toDraft } from '../mail/draft.js';
import { localeOf } from '../mail/letter.js';
import { heavyUsage } from '../mail/templates/heavy-usage.js';
import { COHORT } from './cohort.js';
import type { StaffAccessService } from './staff-access.js';
import { firstKeptDay, firstOpenDay } from './usage-storage.js';

export interface HeavyUserView {
  /** Id. */
  readonly account: string;
  readonly megabytes: number;
  /** How many times the median account's megabytes, to one decimal. */
  readonly timesMedian: number;
  readonly daysConnected: number;
  readonly draft: MailDraft;
}

interface Row {
  readonly id: string;
  readonly email: string;
  readonly locale: string;
  readonly megabytes: number;
  readonly timesMedian: number;
  readonly daysConnected: number;
}

/**
 * Accounts that from a day ($1) to a day ($2) had more than $3 times the data of the median account, of those that have
 * transferred any, unless there are fewer than $4. Whoever objects to statistics is not looked at. A day may be closed by
 * the clock and not moved yet, and then stands in the second table. Each table is summed up
 * for itself first, which is less work than all rows in one heap.
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
  ), typical AS (
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY megabytes) AS median FROM active HAVING count(*) >= $4
  )
  SELECT id, email, locale, megabytes::float8 AS megabytes,
    round(megabytes / median, 1)::float8 AS "timesMedian",
    (
      SELECT count(DISTINCT day) FROM (
        SELECT day FROM usage_day WHERE account_id = id AND day BETWEEN $1 AND $2 AND connected
        UNION ALL
        SELECT day FROM usage_report_row WHERE account_id = id AND day BETWEEN $1 AND $2 AND connected
      ) AS days
    )::integer AS "daysConnected"
  FROM active JOIN account ON id = account_id CROSS JOIN typical WHERE megabytes > $3 * median
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
   * Most data first; nobody when fewer than 20 accounts have transferred any. 'not-whole' unless all days of the month
   * are closed and kept. That staff look at these accounts is committed before they are shown.
   */
  async list(staffId: string, month: Month): Promise<HeavyUserView[] | 'not-whole'> {
    const now = this.now();
    const first = firstDayOf(month);
    const last = daysAfter(firstDayOf(monthsAfter(month, 1)), -1);
    const { openDays, months, heavyFactor } = this.config;
    if (last >= firstOpenDay(openDays, now) || first < firstKeptDay(months, now)) return 'not-whole';
    const { rows } = await this.pool.query<Row>(HEAVY, [first, last, heavyFactor, COHORT]);
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
