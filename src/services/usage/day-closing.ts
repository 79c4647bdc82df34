// Closes days: once no more reports of a day may come, they are summed up and go, and with them everything that says from
// which report a number came, or in which order. Whatever was reported in whatever way, the same bytes are left.

import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../db/transaction.js';
import { type EachRow, eachRow, everyRow, type Watching } from '../../jobs/each-row.js';
import { type BackgroundJob, startDatedJob } from '../../jobs/jobs.js';
import { type Day, monthOf } from '../../lib/calendar.js';
import { COHORT } from '../../lib/cohort.js';
import { HOUR_MS } from '../../lib/durations.js';
import { MAX_MEGABYTES } from '../../usage-reporter/report.js';
import { MARK_USAGE } from '../account/account-use.js';
import {
  dayPartition,
  exists,
  firstOpenDay,
  lockAccounts,
  lockDay,
  makeMonthPartition,
  monthPartition,
  reportedDays,
} from './storage.js';

/** A transaction that waits longer for a lock gives up, so that those queued behind it go on. */
const LOCK_TIMEOUT = '5s';

/**
 * Sums of a day ($1), in an order that does not depend on the reports. An account counts once for a location and a provider,
 * and as failed if it never connected there. Numbers of a cohort are written once and never computed again: sums and
 * differences of multiples of COHORT are multiples of it, so that nobody can be found between two of them.
 */
const closeStatement = (day: Day) => `
  WITH total AS MATERIALIZED (
    SELECT account_id, location, country, provider,
      least(sum(megabytes), ${MAX_MEGABYTES})::integer AS megabytes, bool_or(connected) AS connected
    FROM ${dayPartition(day)}
      JOIN (SELECT id FROM account WHERE NOT objects_to_statistics) AS counted ON counted.id = account_id
    GROUP BY account_id, location, country, provider
  ), quality AS (
    INSERT INTO service_quality (day, location, provider, accounts, failed)
    SELECT $1, location, provider,
      count(*) / ${COHORT} * ${COHORT}, count(*) FILTER (WHERE NOT connected) / ${COHORT} * ${COHORT}
    FROM (
      SELECT location, provider, bool_or(connected) AS connected FROM total
      WHERE account_id NOT IN (SELECT id FROM account WHERE restricts_processing)
      GROUP BY account_id, location, provider
    ) AS one_account
    GROUP BY location, provider HAVING count(*) >= ${COHORT}
    ORDER BY location, provider
    ON CONFLICT DO NOTHING
  )
  INSERT INTO usage_day (day, account_id, location, country, provider, megabytes, connected)
  SELECT $1, account_id, location, country, provider, megabytes, connected FROM total
  ORDER BY account_id, location, country, provider`;

export class UsageClosing {
  /** `openDays`: how many days after itself a day stays open. `lockTimeout`: as Postgres takes it. */
  constructor(
    private readonly pool: Pool,
    private readonly openDays: number,
    private readonly lockTimeout: string = LOCK_TIMEOUT,
  ) {}

  /** The days that should be closed and are not, in ascending order. `now`: milliseconds since the epoch. */
  async overdue(now: number = Date.now()): Promise<Day[]> {
    const firstOpen = firstOpenDay(this.openDays, now);
    return (await reportedDays(this.pool)).filter((day) => day < firstOpen);
  }

  /**
   * Closes those days, and deletes usage handles under which nobody may report any more. Returns how many days this call
   * has closed: several gateways may try at once, and one does it.
   */
  async closeDays(now: number = Date.now(), each: EachRow = everyRow): Promise<number> {
    let closed = 0;
    await each('overdue', await this.overdue(now), String, async (day) => {
      if (await this.close(day)) closed += 1;
    });
    await this.pool.query('DELETE FROM usage_handle WHERE retired_on < $1', [
      firstOpenDay(this.openDays, now),
    ]);
    return closed;
  }

  private async close(day: Day): Promise<boolean> {
    await makeMonthPartition(this.pool, monthOf(day));
    const closed = await inTransaction(this.pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = '${this.lockTimeout}'`);
      await lockDay(client, day, 'exclusive');
      // Another gateway has closed it.
      if (!(await exists(client, dayPartition(day)))) return false;
      // Only where USAGE_OPEN_DAYS has been raised: reports came a second time, and would count twice.
      if (!(await isClosed(client, day))) await client.query(closeStatement(day), [day]);
      await client.query('DELETE FROM usage_report WHERE day = $1', [day]);
      await deleteUncounted(client, day);
      await client.query(MARK_USAGE, [day]);
      await client.query(`DROP TABLE ${dayPartition(day)}`);
      return true;
    });
    // Reading a summary from the index alone needs the visibility map; and deleted entries go from their pages.
    if (closed) await this.pool.query(`VACUUM (ANALYZE) ${monthPartition(monthOf(day))}, usage_report`);
    return closed;
  }
}

async function isClosed(client: PoolClient, day: Day): Promise<boolean> {
  const { rows } = await client.query('SELECT EXISTS (SELECT FROM usage_day WHERE day = $1) AS closed', [
    day,
  ]);
  return rows[0].closed;
}

/**
 * Rows of accounts that were erased, or whose owners objected, while they were summed up: whatever has ended is seen now,
 * and the next erasure waits until the sums are there for it to delete.
 */
async function deleteUncounted(client: PoolClient, day: Day): Promise<void> {
  await lockAccounts(client, 'shared');
  await client.query(
    `DELETE FROM usage_day WHERE day = $1
       AND NOT EXISTS (SELECT FROM account WHERE id = account_id AND NOT objects_to_statistics)`,
    [day],
  );
}

/** Closes days at once and then every hour. `setOverdue` gets how many are overdue. */
export function startUsageClosing(
  closing: UsageClosing,
  setOverdue: (count: number) => void,
  { clock, ...watching }: Watching,
): BackgroundJob {
  const { log } = watching;
  const each = eachRow({ job: 'usage-closing', ...watching });
  const run = async (now: number) => {
    setOverdue((await closing.overdue(now)).length);
    const count = await closing.closeDays(now, each);
    if (count > 0) log.info('usage.closed', { part: 'usage', count });
    setOverdue((await closing.overdue(now)).length);
  };
  return startDatedJob(run, { everyMs: HOUR_MS, part: 'usage', log, clock });
}
