import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { openBulkPool } from '../../src/db/bulk-pool.js';
import { inTransaction } from '../../src/db/transaction.js';
import type { Day } from '../../src/lib/calendar.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { UsageReportService } from '../../src/services/usage/reports.js';
import { lockDay } from '../../src/services/usage/storage.js';
import { blockedStatements, type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';

const DAY = '2026-02-26' as Day;
/** The last moment at which DAY is open, and the first at which it is not. */
const OPEN = Date.parse('2026-03-01T23:59:59.999Z');
const CLOSED = Date.parse('2026-03-02T00:00:00Z');

const NODE = { id: randomUUID(), location: 'us-new-york' };
const EMPTY = { day: DAY, part: 1, revision: 1, rows: [] };

let database: FreshDatabase;
let source: DataSource;
let pool: Pool;
let reports: UsageReportService;
beforeAll(async () => {
  database = await freshDatabase();
  source = await createDataSource(database.url).initialize();
  pool = openBulkPool(database.url);
  const keyring = new Keyring(Buffer.alloc(32, 1));
  reports = new UsageReportService({ usagePool: pool, keyring, usage: { openDays: 3 } });
});
afterAll(async () => {
  await pool?.end();
  await source?.destroy();
  await database?.drop();
});
afterEach(() => source.query('DELETE FROM usage_report'));

const closed = { ok: false, userErrors: [{ field: 'day', code: 'USAGE_DAY_CLOSED' }] };

describe('a report', () => {
  it('counts as long as its day is open, and not a moment longer', async () => {
    const dayAfter = Date.parse('2026-02-27T00:00:00Z');
    const tooEarly = { ok: false, userErrors: [{ field: 'day', code: 'USAGE_DAY_NOT_OVER' }] };
    expect(await reports.record(NODE, EMPTY, () => dayAfter - 1)).toEqual(tooEarly);
    expect(await reports.record(NODE, EMPTY, () => dayAfter)).toEqual({ ok: true, value: 'counted' });
    expect(await reports.record(NODE, EMPTY, () => OPEN)).toEqual({ ok: true, value: 'repeated' });
    expect(await reports.record(NODE, EMPTY, () => CLOSED)).toEqual(closed);
  });

  it('is refused when its day is closed while it waits', async () => {
    let now = OPEN;
    let recording: Promise<unknown> | undefined;
    await inTransaction(pool, async (closer) => {
      await lockDay(closer, DAY, 'exclusive');
      recording = reports.record(NODE, EMPTY, () => now);
      while ((await blockedStatements(database.url)) === 0);
      now = CLOSED;
    });
    expect(await recording).toEqual(closed);
    expect(await source.query('SELECT FROM usage_report')).toEqual([]);
  });

  it('that breaks off leaves nothing, and counts when it is sent again', async () => {
    const accountId = randomUUID();
    await source.query(
      "INSERT INTO account (id, email, password_hash, role) VALUES ($1, 'anna@example.com', '', 'user')",
      [accountId],
    );
    const [{ handle }] = await source.query<[{ handle: string }]>('SELECT handle FROM usage_handle');
    const row = {
      handle,
      location: 'us-new-york',
      country: 'DE',
      provider: 0,
      megabytes: 1,
      connected: true,
    };
    const report = { ...EMPTY, rows: [row] };
    await source.query('ALTER TABLE usage_report_row ADD CONSTRAINT broken CHECK (megabytes = 0)');
    await expect(reports.record(NODE, report, () => OPEN)).rejects.toMatchObject({ code: '23514' });
    expect(await source.query('SELECT FROM usage_report')).toEqual([]);
    await source.query('ALTER TABLE usage_report_row DROP CONSTRAINT broken');
    expect(await reports.record(NODE, report, () => OPEN)).toEqual({ ok: true, value: 'counted' });
    expect(await source.query('SELECT account_id FROM usage_report_row')).toEqual([
      { account_id: accountId },
    ]);
  });
});
