// How usage lies in Postgres: reports by day until the day is closed, days by month until the month is too old; a day and a
// month each have a partition, so that they go whole, with every byte. Who writes holds the day's lock.
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../db/transaction.js';
import {
  type Day,
  daysAfter,
  daysFrom,
  firstDayOf,
  type Month,
  monthOf,
  monthsAfter,
  today,
} from '../../lib/calendar.js';

/** Numbers that nothing else in the database locks: the letters "usdy" and "usac". */
const DAY_LOCK = 0x75736479;
const ACCOUNTS_LOCK = 0x75736163;

/** Locks identify a day by its number from here. */
const FIRST_DAY = '1970-01-01' as Day;

/** A connection of pg, or what TypeORM runs a transaction with. */
interface Locking {
  query(statement: string, values: unknown[]): Promise<unknown>;
}

/** The first day whose reports may still come or be corrected. `openDays`: how many days after itself a day stays open. */
export function firstOpenDay(openDays: number, now: number = Date.now()): Day {
  return daysAfter(today(now), -openDays);
}

/** The first day of which usage is kept. `months`: how many before the present one are. */
export function firstKeptDay(months: number, now: number = Date.now()): Day {
  return firstDayOf(monthsAfter(monthOf(today(now)), -months));
}

/** Held until the transaction ends: shared by writers of a day's reports, exclusive for closing the day. */
export async function lockDay(client: Locking, day: Day, mode: 'shared' | 'exclusive'): Promise<void> {
  await lock(client, DAY_LOCK, daysFrom(FIRST_DAY, day), mode);
}

/** Held until the transaction ends: shared by writers of account rows, exclusive for erasing accounts. */
export async function lockAccounts(client: Locking, mode: 'shared' | 'exclusive'): Promise<void> {
  await lock(client, ACCOUNTS_LOCK, 0, mode);
}

async function lock(
  client: Locking,
  kind: number,
  number: number,
  mode: 'shared' | 'exclusive',
): Promise<void> {
  const how = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await client.query(`SELECT ${how}($1::integer, $2::integer)`, [kind, number]);
}

/** The partition of `usage_report_row` for a day. */
export function dayPartition(day: Day): string {
  return `usage_report_row_${day.replaceAll('-', '_')}`;
}

/** The partition of `usage_day` for a month. */
export function monthPartition(month: Month): string {
  return `usage_day_${month.replaceAll('-', '_')}`;
}

export async function exists(querying: Pick<PoolClient, 'query'>, partition: string): Promise<boolean> {
  // Not to_regclass: within a transaction it may answer from what the connection knew before it waited for a lock.
  const { rows } = await querying.query(
    'SELECT EXISTS (SELECT FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relname = $1) AS there',
    [partition],
  );
  return rows[0].there;
}

/** The days that have a partition of `usage_report_row`, in ascending order. */
export async function reportedDays(querying: Pick<PoolClient, 'query'>): Promise<Day[]> {
  return (await partitionsOf(querying, 'usage_report_row')) as Day[];
}

/** The months that have a partition of `usage_day`, in ascending order. */
export async function storedMonths(querying: Pick<PoolClient, 'query'>): Promise<Month[]> {
  return (await partitionsOf(querying, 'usage_day')) as Month[];
}

/** What the names of a table's partitions say after the table's own. */
async function partitionsOf(querying: Pick<PoolClient, 'query'>, table: string): Promise<string[]> {
  const { rows } = await querying.query<{ relname: string }>(
    `SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
     WHERE inhparent = $1::regclass ORDER BY relname`,
    [table],
  );
  return rows.map(({ relname }) => relname.slice(table.length + 1).replaceAll('_', '-'));
}

/** Creates the day's partition when it is missing, in a separate transaction, so that others can use it at once. */
export function makeDayPartition(pool: Pool, day: Day): Promise<void> {
  return makePartition(pool, dayPartition(day), 'usage_report_row', `IN ('${day}')`);
}

/** As `makeDayPartition`, for a month of closed days. */
export function makeMonthPartition(pool: Pool, month: Month): Promise<void> {
  return makePartition(pool, monthPartition(month), 'usage_day', valuesOf(month));
}

function valuesOf(month: Month): string {
  return `FROM ('${firstDayOf(month)}') TO ('${firstDayOf(monthsAfter(month, 1))}')`;
}

/**
 * A new partition in the place of the month's: rows of some accounts (`accounts`: a statement that selects their ids) in
 * the order of their key. The old one goes whole, with every byte. In a transaction that has the month's lock.
 */
export async function replaceMonthPartition(
  client: PoolClient,
  month: Month,
  accounts: string,
): Promise<void> {
  const [name, next] = [monthPartition(month), `${monthPartition(month)}_next`];
  // Nobody adds a row to the old one while it is copied. The same lock that dropping it needs.
  await client.query('LOCK TABLE ONLY usage_day IN ACCESS EXCLUSIVE MODE');
  await client.query(`CREATE TABLE ${next} (LIKE usage_day INCLUDING ALL)`);
  await client.query(
    `INSERT INTO ${next} SELECT * FROM ${name} WHERE account_id IN (${accounts})
     ORDER BY account_id, day, location, country, provider`,
  );
  await client.query(`DROP TABLE ${name}`);
  await client.query(`ALTER TABLE ${next} RENAME TO ${name}`);
  await client.query(`ALTER TABLE usage_day ATTACH PARTITION ${name} FOR VALUES ${valuesOf(month)}`);
}

/** Two at once would both find it missing; the second one's statement would fail. */
async function makePartition(pool: Pool, name: string, of: string, values: string): Promise<void> {
  if (await exists(pool, name)) return;
  await inTransaction(pool, async (client) => {
    await lock(client, DAY_LOCK, -1, 'exclusive');
    if (await exists(client, name)) return;
    // CREATE TABLE … PARTITION OF would wait for all who read, and keep everybody else from reading meanwhile.
    await client.query(`CREATE TABLE ${name} (LIKE ${of} INCLUDING ALL)`);
    await client.query(`ALTER TABLE ${of} ATTACH PARTITION ${name} FOR VALUES ${values}`);
  });
}
