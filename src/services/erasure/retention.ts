// Retention: deletes what has been kept for as long as it may be, and reports it by month and number of rows: usage, pending
// links, data exports, documents, agents, and at last the rights requests themselves.

import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../db/transaction.js';
import { type EachRow, eachRow, everyRow, type Watching } from '../../jobs/each-row.js';
import { type BackgroundJob, startDatedJob } from '../../jobs/jobs.js';
import {
  type Day,
  daysAfter,
  firstDayOf,
  type Month,
  monthOf,
  monthsAfter,
  today,
} from '../../lib/calendar.js';
import { HOUR_MS } from '../../lib/durations.js';
import type { LogFields } from '../../runtime/log.js';
import { sameDayMonthsAfter } from '../policy/deadlines.js';
import type { PrivacyLaws } from '../policy/laws.js';
import {
  exists,
  firstKeptDay,
  lockAccounts,
  lockDay,
  monthPartition,
  replaceMonthPartition,
  storedMonths,
} from '../usage/storage.js';

/** The longest wait for a lock: readers of usage queue behind it. */
const LOCK_TIMEOUT = '2s';
/** SQLSTATE: the lock was not available in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Rows that are deleted by their day. `of`: the join that finds the day, for a table that has no day column. */
interface RowRule {
  readonly what: string;
  readonly part: LogFields['part'] & string;
  readonly table: string;
  readonly of?: string;
  readonly day: string;
  /** Whether rows stay while their account's owner restricts processing. */
  readonly held?: true;
  /** Days before today of which rows are kept; else the months of usage are. */
  readonly keepDays?: number;
}

/** A table with a partition for each month loses partitions; every other table loses rows. */
const PARTITIONED = { what: 'usage', part: 'usage' } as const;

/** Accounts whose data is kept while the restriction lasts, also for claims of its owner (GDPR, Article 18(1)(b) and (c)). */
const RESTRICTING = 'SELECT id FROM account WHERE restricts_processing';

const OF_REQUEST = 'rights_request ON request_id = rights_request.id';

const ROW_RULES: readonly RowRule[] = [
  { what: 'service-quality', part: 'service-quality', table: 'service_quality', day: 'day' },
  { what: 'staff-access', part: 'staff-access', table: 'staff_access', day: 'day', held: true },
  { what: 'sign-up', part: 'pending', table: 'sign_up', day: 'expires_on', keepDays: 0 },
  { what: 'password-reset', part: 'pending', table: 'password_reset', day: 'expires_on', keepDays: 0 },
  { what: 'email-change', part: 'pending', table: 'email_change', day: 'expires_on', keepDays: 0 },
  { what: 'data-export', part: 'rights', table: 'rights_export', day: 'expires_on', keepDays: 0 },
  {
    what: 'document',
    part: 'rights',
    table: 'rights_request_document',
    of: OF_REQUEST,
    day: 'closed_on',
    keepDays: 0,
  },
  {
    what: 'agent',
    part: 'rights',
    table: 'rights_request_agent',
    of: OF_REQUEST,
    day: 'closed_on',
    keepDays: 60,
  },
  { what: 'agent-message', part: 'rights', table: 'drp_message', day: 'expires_on', keepDays: 0 },
];

/** Rights requests are kept for as long as the law under which they were answered requires. */
const REQUESTS = { what: 'rights-request', part: 'rights' } as const;

export interface OldMonth {
  readonly what: string;
  readonly part: LogFields['part'] & string;
  readonly month: Month;
  readonly rows: number;
  /** `due`: a run would drop it. `in-use`: a reader holds it, so it stays until a later run. */
  readonly state: 'dropped' | 'due' | 'in-use';
}

type OldRows = Omit<OldMonth, 'what' | 'part'>;

interface Rule extends Pick<OldMonth, 'what' | 'part'> {
  readonly name: string;
  apply(): Promise<OldRows[]>;
}

export class RetentionService {
  /** `months`: how many before the present one are kept. `lockTimeout`: as Postgres takes it. */
  constructor(
    private readonly pool: Pool,
    private readonly months: number,
    private readonly laws: Pick<PrivacyLaws, 'all'>,
    private readonly lockTimeout: string = LOCK_TIMEOUT,
  ) {}

  /** The first month that is kept. `now`: milliseconds since the epoch. */
  firstKeptMonth(now: number = Date.now()): Month {
    return monthOf(firstKeptDay(this.months, now));
  }

  /** Drops what is too old, or with `dryRun` only reports it, by rule and month. */
  async run(options: {
    readonly dryRun: boolean;
    readonly now?: number;
    readonly each?: EachRow;
  }): Promise<OldMonth[]> {
    const { dryRun, now = Date.now(), each = everyRow } = options;
    const results: OldMonth[] = [];
    await each(
      'rules',
      this.rules(now, dryRun),
      ({ name }) => name,
      async ({ what, part, apply }) => {
        results.push(...(await apply()).map((old) => ({ what, part, ...old })));
      },
    );
    return results;
  }

  private rules(now: number, dryRun: boolean): Rule[] {
    const firstKept = firstKeptDay(this.months, now);
    const usage = { ...PARTITIONED, name: 'usage', apply: () => this.partitions(firstKept, dryRun) };
    const rows = ROW_RULES.map((rule): Rule => {
      const { what, part, keepDays } = rule;
      const kept = keepDays === undefined ? firstKept : daysAfter(today(now), -keepDays);
      return { what, part, name: what, apply: () => this.rows(rule, kept, dryRun) };
    });
    const requests = this.laws.all().map((law): Rule => {
      const kept = sameDayMonthsAfter(today(now), -law.keepMonths);
      const rule = { table: 'rights_request', day: 'closed_on' };
      return { ...REQUESTS, name: law.id, apply: () => this.rows(rule, kept, dryRun, law.id) };
    });
    return [usage, ...rows, ...requests];
  }

  private async partitions(firstKept: Day, dryRun: boolean): Promise<OldRows[]> {
    const months = (await storedMonths(this.pool)).filter((month) => month < monthOf(firstKept));
    const results: OldRows[] = [];
    for (const month of months) {
      const { rows, held } = await countRows(this.pool, month);
      if (rows === 0 && held > 0) continue;
      const state = dryRun ? 'due' : await this.drop(month);
      if (state !== 'gone') results.push({ month, rows, state });
    }
    return results;
  }

  /** Rows on hold stay, in a partition that has nothing else. `gone`: another gateway has dropped the partition meanwhile. */
  private async drop(month: Month): Promise<'dropped' | 'gone' | 'in-use'> {
    try {
      return await inTransaction(this.pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = '${this.lockTimeout}'`);
        await lockDay(client, firstDayOf(month), 'exclusive');
        if (!(await exists(client, monthPartition(month)))) return 'gone';
        // Waits for transactions that restrict processing now, so that this one sees them.
        await lockAccounts(client, 'shared');
        const { rows, held } = await countRows(client, month);
        if (rows === 0 && held > 0) return 'gone';
        if (held > 0) await replaceMonthPartition(client, month, RESTRICTING);
        else await client.query(`DROP TABLE ${monthPartition(month)}`);
        return 'dropped';
      });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return 'in-use';
      throw error;
    }
  }

  /** `law`: only requests that were answered under it. */
  private async rows(
    { table, of, day, held = false }: Pick<RowRule, 'table' | 'of' | 'day'> & { held?: boolean },
    firstKept: Day,
    dryRun: boolean,
    law?: string,
  ): Promise<OldRows[]> {
    const [other = '', join = ''] = of?.split(' ON ') ?? [];
    const conditions = [
      `${day} < $1`,
      ...(join === '' ? [] : [join]),
      ...(held ? [`account_id NOT IN (${RESTRICTING})`] : []),
      ...(law === undefined ? [] : ['law = $2']),
    ];
    const where = `WHERE ${conditions.join(' AND ')}`;
    const from = other === '' ? table : `${table}, ${other}`;
    const using = other === '' ? '' : `USING ${other}`;
    const old = dryRun
      ? `SELECT ${day} AS day FROM ${from} ${where}`
      : `DELETE FROM ${table} ${using} ${where} RETURNING ${day} AS day`;
    const { rows } = await this.pool.query<{ month: Month; rows: number }>(
      `WITH old AS (${old})
       SELECT to_char(day, 'YYYY-MM') AS month, count(*)::integer AS rows FROM old GROUP BY month ORDER BY month`,
      law === undefined ? [firstKept] : [firstKept, law],
    );
    return rows.map((row) => ({ ...row, state: dryRun ? 'due' : 'dropped' }));
  }
}

/** How many rows of a month may be deleted, and how many are on hold. */
async function countRows(
  querying: Pick<PoolClient, 'query'>,
  month: Month,
): Promise<{ rows: number; held: number }> {
  const { rows } = await querying.query(
    `SELECT count(*) FILTER (WHERE NOT held)::integer AS rows, count(*) FILTER (WHERE held)::integer AS held
     FROM (
       SELECT account_id IN (${RESTRICTING}) AS held FROM usage_day WHERE day >= $1 AND day < $2
     ) AS used`,
    [firstDayOf(month), firstDayOf(monthsAfter(month, 1))],
  );
  return rows[0];
}

/** Runs at once and then every hour. Any number of gateways may run it. */
export function startRetention(retention: RetentionService, { clock, ...watching }: Watching): BackgroundJob {
  const { log } = watching;
  const each = eachRow({ job: 'retention', ...watching });
  const run = async (now: number) => {
    for (const { part, rows, state } of await retention.run({ dryRun: false, now, each })) {
      log.info(state === 'dropped' ? 'retention.dropped' : 'retention.waiting', { part, count: rows });
    }
  };
  return startDatedJob(run, { everyMs: HOUR_MS, part: 'usage', log, clock });
}
