// Retention: what is older than the months that are kept goes, month by month, and is told by its number of rows.
import type { Pool } from 'pg';
import { type Day, firstDayOf, type Month, monthOf, monthsAfter } from '../day.js';
import type { Logger } from '../operations/log.js';
import { type Passes, startPasses } from '../operations/passes.js';
import {
  exists,
  firstKeptDay,
  inTransaction,
  lockDay,
  monthPartition,
  storedMonths,
} from './usage-storage.js';

const HOUR_MS = 3_600_000;

/** Nobody who wants to read usage waits longer than this for us to wait for somebody who reads it. */
const LOCK_TIMEOUT = '2s';
/** SQLSTATE: the lock was not to be had in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** What goes, and how: a table with a partition for each month loses partitions, another one rows. */
const RULES = [
  { what: 'usage', table: 'usage_day', by: 'partition' },
  { what: 'service-quality', table: 'service_quality', by: 'row' },
  { what: 'staff-access', table: 'staff_access', by: 'row' },
] as const;

type Rule = (typeof RULES)[number];

export interface OldMonth {
  readonly what: Rule['what'];
  readonly month: Month;
  readonly rows: number;
  /** `due`: a run would drop it; `in-use`: somebody reads it, so that it stays until another run. */
  readonly state: 'dropped' | 'due' | 'in-use';
}

export class RetentionService {
  /** `months`: how many before the present one are kept. `lockTimeout`: as Postgres takes it. */
  constructor(
    private readonly pool: Pool,
    private readonly months: number,
    private readonly lockTimeout: string = LOCK_TIMEOUT,
  ) {}

  /** The first month that is kept. `now`: milliseconds since the epoch. */
  firstKeptMonth(now: number = Date.now()): Month {
    return monthOf(firstKeptDay(this.months, now));
  }

  /** Drops what is too old, or only says what that is. By rule and month; what has gone before is not told again. */
  async run(options: { readonly dryRun: boolean; readonly now?: number }): Promise<OldMonth[]> {
    const { dryRun, now = Date.now() } = options;
    const firstKept = firstKeptDay(this.months, now);
    const results: OldMonth[] = [];
    for (const { what, table, by } of RULES) {
      const gone =
        by === 'partition'
          ? await this.partitions(firstKept, dryRun)
          : await this.rows(table, firstKept, dryRun);
      results.push(...gone.map((each) => ({ what, ...each })));
    }
    return results;
  }

  private async partitions(firstKept: Day, dryRun: boolean): Promise<Omit<OldMonth, 'what'>[]> {
    const months = (await storedMonths(this.pool)).filter((month) => month < monthOf(firstKept));
    const results: Omit<OldMonth, 'what'>[] = [];
    for (const month of months) {
      const rows = await this.countRows(month);
      const state = dryRun ? 'due' : await this.drop(month);
      if (state !== 'gone') results.push({ month, rows, state });
    }
    return results;
  }

  private async countRows(month: Month): Promise<number> {
    const { rows } = await this.pool.query(
      'SELECT count(*)::integer AS count FROM usage_day WHERE day >= $1 AND day < $2',
      [firstDayOf(month), firstDayOf(monthsAfter(month, 1))],
    );
    return rows[0].count;
  }

  /** `gone`: another gateway has dropped it meanwhile. */
  private async drop(month: Month): Promise<'dropped' | 'gone' | 'in-use'> {
    try {
      return await inTransaction(this.pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = '${this.lockTimeout}'`);
        await lockDay(client, firstDayOf(month), 'alone');
        if (!(await exists(client, monthPartition(month)))) return 'gone';
        await client.query(`DROP TABLE ${monthPartition(month)}`);
        return 'dropped';
      });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return 'in-use';
      throw error;
    }
  }

  private async rows(
    table: Rule['table'],
    firstKept: Day,
    dryRun: boolean,
  ): Promise<Omit<OldMonth, 'what'>[]> {
    const old = `FROM ${table} WHERE day < $1`;
    const { rows } = await this.pool.query<{ month: Month; rows: number }>(
      `WITH old AS (${dryRun ? `SELECT day ${old}` : `DELETE ${old} RETURNING day`})
       SELECT to_char(day, 'YYYY-MM') AS month, count(*)::integer AS rows FROM old GROUP BY month ORDER BY month`,
      [firstKept],
    );
    return rows.map((row) => ({ ...row, state: dryRun ? 'due' : 'dropped' }));
  }
}

/** At once and then every hour. Any number of gateways may do so. */
export function startRetention(retention: RetentionService, log: Logger): Passes {
  const pass = async () => {
    for (const { what, rows, state } of await retention.run({ dryRun: false })) {
      log.info(state === 'dropped' ? 'retention.dropped' : 'retention.waiting', { part: what, count: rows });
    }
  };
  return startPasses(pass, { everyMs: HOUR_MS, part: 'usage', log });
}
