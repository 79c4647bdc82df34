// A large installation's usage, stored as closing days would have left it: accounts of which a quarter connects on any day,
// and up to 1,000 who connect every day of a year and a month.
import pg from 'pg';
import { openBulkPool } from '../../src/db/bulk-pool.js';
import { type Day, daysAfter, monthOf, today } from '../../src/lib/calendar.js';
import { makeMonthPartition, monthPartition } from '../../src/services/usage/storage.js';

const DAILY = 1000;
/** Of a hundred accounts, on any day. */
const ACTIVE = 25;
const DAYS = 396;
/** Closed days end here, counted back from today. */
const NEWEST = 4;

export interface StoredPeople {
  /** Every account. */
  readonly accounts: readonly { readonly id: string; readonly handle: string }[];
  /** The ids of those who connect every day. */
  readonly daily: readonly string[];
  readonly rows: number;
  readonly from: Day;
  readonly to: Day;
}

export async function storePeople(databaseUrl: string, count: number): Promise<StoredPeople> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    console.error(`Making ${count} accounts …`);
    // Nobody signs in: there is no password that this would be the hash of.
    await client.query(
      `INSERT INTO account (id, email, password_hash, role, country)
       SELECT gen_random_uuid(), number || '@example.com', '', 'user', 'DE' FROM generate_series(1, $1::integer) AS number`,
      [count],
    );
    await client.query('ANALYZE account');
    await client.query('ANALYZE usage_handle');
    const { rows: accounts } = await client.query<{ id: string; handle: string }>(
      'SELECT account_id AS id, handle FROM usage_handle ORDER BY handle',
    );
    const daily = accounts.slice(0, DAILY).map(({ id }) => id);
    const to = daysAfter(today(), -NEWEST);
    const from = daysAfter(to, 1 - DAYS);
    const rows = await storeDays(databaseUrl, client, { daily, from });
    return { accounts, daily, rows, from, to };
  } finally {
    await client.end();
  }
}

async function storeDays(
  databaseUrl: string,
  client: pg.Client,
  { daily, from }: { daily: readonly string[]; from: Day },
): Promise<number> {
  await client.query('CREATE TEMPORARY TABLE daily AS SELECT unnest($1::uuid[]) AS id', [daily]);
  const days = Array.from({ length: DAYS }, (_, index) => daysAfter(from, index));
  const pool = openBulkPool(databaseUrl);
  for (const month of new Set(days.map(monthOf))) await makeMonthPartition(pool, month);
  await pool.end();
  let stored = 0;
  for (const [index, day] of days.entries()) {
    const { rowCount } = await client.query(
      `INSERT INTO usage_day (day, account_id, location, country, provider, megabytes, connected)
       SELECT $1::date, id, (ARRAY['us-new-york', 'de-frankfurt', 'gb-london', 'jp-tokyo'])[1 + number % 4],
         (ARRAY['US', 'DE', 'GB', 'JP', 'FR'])[1 + number % 5], 1000 + number % 3000, 1 + number % 4000, true
       FROM (
         SELECT id, abs(hashtextextended(id::text, $2)) AS number FROM account
         WHERE abs(hashtextextended(id::text, $2 + 10000)) % 100 < $3 OR id IN (SELECT id FROM daily)
       ) AS active
       ORDER BY id`,
      [day, index, ACTIVE],
    );
    stored += rowCount ?? 0;
    if (index % 33 === 32) console.error(`  ${stored} rows of ${index + 1} days …`);
  }
  for (const month of new Set(days.map(monthOf))) {
    await client.query(`VACUUM (ANALYZE) ${monthPartition(month)}`);
  }
  return stored;
}
