import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Day, monthOf } from '../../src/lib/calendar.js';
import { makeDayPartition, makeMonthPartition } from '../../src/services/usage/storage.js';
import { reportId } from '../support/people/usage.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

const DAY = '2026-02-28' as Day;
const ID = '6b1f0f0e-5f0c-4b57-9a53-8f6b3f2f1f11';

/** A source address, in each form in which somebody might write it into a column. */
const ADDRESSES: Record<string, string> = {
  'IPv4 as text': '203.0.113.77',
  'IPv4 with hyphens': '203-0-113-77',
  'IPv4 in a name': 'ip-203-0-113-77',
  'IPv4 in hex': 'cb00714d',
  'IPv4 as a number': '3405803853',
  'IPv4 as a signed number': '-889163443',
  'a low IPv4 as a number': '167772161',
  'IPv4 as a number of days': '461341-09-10',
  'an IPv4 prefix': '203.0.113.0/24',
  'IPv6 as text': '2001:db8::77',
  'IPv6 in hex': '20010db8000000000000000000000077',
  'IPv6 as 16 bytes': '20010db8-0000-0000-0000-000000000077',
  'IPv6 of a device': '20010db8-0000-0000-0211-22fffe334455',
  'IPv4 in 16 bytes': '00000000-0000-0000-0000-ffffcb00714d',
};

/** A time of day, in such forms. */
const TIMES: Record<string, string> = {
  'a time': '13:37',
  'a time to the second': '13:37:42',
  'ISO 8601': '2026-02-28T13:37:00Z',
  'seconds since 1970': '1772285820',
  'milliseconds since 1970': '1772285820000',
  'minutes since 1970': '29538097',
  'a UUID of version 1': '6b1f0f0e-5f0c-11f0-9a53-8f6b3f2f1f11',
  'a UUID of version 7': '019ca468-5f0c-7b57-9a53-8f6b3f2f1f11',
};

const USED = {
  day: DAY,
  account_id: ID,
  location: 'us-new-york',
  country: 'DE',
  provider: 64496,
  megabytes: 823,
  connected: true,
};

/** A row of each table that it takes. */
const ROWS: Record<string, Record<string, unknown>> = {
  vpn_node: { id: ID, name: 'new-york-7', location: 'us-new-york', token_version: 1 },
  usage_handle: { handle: ID, account_id: ID, retired_on: DAY },
  usage_report: { id: reportId(), day: DAY, revision: 1, digest: 'x'.repeat(43) },
  usage_report_row: { report_id: reportId(), ...USED },
  usage_day: USED,
  service_quality: { day: DAY, location: 'us-new-york', provider: 64496, accounts: 20, failed: 0 },
  app_version: { account_id: ID, platform: 'windows', version: '1.2.3' },
  staff_access: {
    id: ID,
    account_id: ID,
    day: DAY,
    staff_id: ID,
    reason: 'slow-connection',
    case_reference: 'C-1',
  },
};

/**
 * What the database cannot refuse. A case reference is the number of a case in the support desk's own system, and looks as
 * that likes; staff enter it, and nothing in this product could show them an address or a time to enter. A UUID of the
 * right version has 122 bits that are anybody's: it is safe because of what writes it (accounts' ids and handles are
 * random, a report's is a keyed digest, and none is taken from a request that does not name one of them), and the version
 * is there to refuse an address that somebody puts where a UUID belongs. So with small numbers: 817 MB could be a minute of
 * a day, if something were to write minutes there.
 */
const FREE = ['staff_access.case_reference'];

let database: UsageDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await usageDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    "INSERT INTO account (id, email, password_hash, role) VALUES ($1, 'anna@example.com', '', 'user')",
    [ID],
  );
  // Its place is taken by the row that is tried.
  await client.query('DELETE FROM usage_handle');
  await makeDayPartition(database.pool, DAY);
  await makeMonthPartition(database.pool, monthOf(DAY));
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** The row as the database would keep it, or null when it refuses it. */
async function kept(table: string, row: Record<string, unknown>): Promise<Record<string, unknown> | null> {
  await client.query('BEGIN');
  try {
    const inserted = await client.query(
      `INSERT INTO ${table} AS inserted SELECT (jsonb_populate_record(NULL::${table}, $1)).*
       RETURNING to_jsonb(inserted) AS row`,
      [row],
    );
    return inserted.rows[0].row;
  } catch (error) {
    // It is the value that is refused: no such value of the type (22), or against a constraint (23).
    expect(error).toMatchObject({ code: expect.stringMatching(/^2[23]/) });
    return null;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** The columns that keep one of the values, and which. */
async function open(table: string, values: Record<string, string>): Promise<string[]> {
  const row = ROWS[table]!;
  const found: string[] = [];
  for (const column of Object.keys(row)) {
    for (const [form, value] of Object.entries(values)) {
      const stored = await kept(table, { ...row, [column]: value });
      // Of a time, a date takes the day alone.
      if (stored !== null && stored[column] !== DAY) found.push(`${table}.${column}: ${form}`);
    }
  }
  return found;
}

const notFree = (found: readonly string[]) =>
  found.filter((each) => !FREE.some((column) => each.startsWith(`${column}:`)));

describe('the tables of usage', () => {
  it('are these, with these columns', async () => {
    const columns = await database.query(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public' AND (table_name = ANY ($1) OR table_name ~ '^(usage|vpn)_')
         AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)`,
      [Object.keys(ROWS)],
    );
    const tried = Object.entries(ROWS).flatMap(([table, row]) =>
      Object.keys(row).map((column) => `${table}.${column}`),
    );
    expect(columns.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(tried.sort());
  });

  it.each(Object.keys(ROWS))(
    '%s takes the row that is tried, and no address in any column',
    async (table) => {
      expect(await kept(table, ROWS[table]!)).toEqual(ROWS[table]);
      expect(notFree(await open(table, ADDRESSES))).toEqual([]);
    },
  );

  it.each(Object.keys(ROWS))('%s takes no time of day in any column', async (table) => {
    expect(notFree(await open(table, TIMES))).toEqual([]);
  });

  it('would be found to be open if they were', async () => {
    await client.query('CREATE TABLE usage_tried (id uuid, name text, number bigint, day date)');
    ROWS.usage_tried = { id: ID, name: '', number: 1, day: DAY };
    const found = [...(await open('usage_tried', ADDRESSES)), ...(await open('usage_tried', TIMES))];
    await client.query('DROP TABLE usage_tried');
    delete ROWS.usage_tried;
    const columns = new Set(found.map((each) => each.split(':')[0]));
    expect([...columns].sort()).toEqual(['day', 'id', 'name', 'number'].map((name) => `usage_tried.${name}`));
  });
});
