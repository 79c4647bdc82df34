import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { inTransaction } from '../../src/db/transaction.js';
import { type Day, daysAfter } from '../../src/lib/calendar.js';
import { createLogger } from '../../src/runtime/log.js';
import { startUsageClosing, UsageClosing } from '../../src/services/usage/day-closing.js';
import {
  dayPartition,
  lockAccounts,
  lockDay,
  makeDayPartition,
  reportedDays,
} from '../../src/services/usage/storage.js';
import { MAX_MEGABYTES } from '../../src/usage-reporter/report.js';
import { reportId, type StoredUsage, storeUsage } from '../support/people/usage.js';
import { blockedStatements } from '../support/stores/postgres.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

const OPEN_DAYS = 3;
const NEW_YEARS_EVE = '2027-12-31' as Day;
/** The first moment at which the last day of the year is closed. */
const NOW = Date.parse('2028-01-04T00:00:00Z');

let database: UsageDatabase;
let closing: UsageClosing;
let anna: string;
let john: string;
beforeAll(async () => {
  database = await usageDatabase();
  closing = new UsageClosing(database.pool, OPEN_DAYS);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  for (const day of await reportedDays(database.pool)) {
    await database.pool.query(`DROP TABLE ${dayPartition(day)}`);
  }
  await database.query('TRUNCATE usage_report, usage_day, service_quality');
  await database.query('DELETE FROM account');
  [anna, john] = (await database.accounts(2)) as [string, string];
});

type Use = Partial<StoredUsage>;

const used = (accountId: string, other: Use = {}) => ({ accountId, day: NEW_YEARS_EVE, ...other });

const report = (...rows: StoredUsage[]) => storeUsage(database.url, 'open', rows);

/** As they lie in the table. */
function closed(): Promise<unknown[]> {
  return database.query(
    `SELECT account_id AS "accountId", day::text, location, country, provider, megabytes, connected FROM usage_day`,
  );
}

const row = (accountId: string, other: Use = {}) => ({
  ...used(accountId),
  location: 'us-new-york',
  country: 'US',
  provider: 64496,
  megabytes: 100,
  connected: true,
  ...other,
});

/** Waits until a statement waits for somebody's lock. */
const blocked = (count: number) =>
  vi.waitFor(async () => expect(await blockedStatements(database.url)).toBe(count));

describe('closing a day', () => {
  it('sums up its reports, by account, location, country and provider, in their order', async () => {
    await report(
      used(john, { provider: 64497 }),
      used(john),
      used(anna, { megabytes: 7 }),
      used(anna, { country: 'DE' }),
      used(anna, { location: 'de-frankfurt' }),
      used(anna, { megabytes: 5 }),
    );
    expect(await closing.closeDays(NOW)).toBe(1);
    expect(await closed()).toEqual([
      row(anna, { location: 'de-frankfurt' }),
      row(anna, { country: 'DE' }),
      row(anna, { megabytes: 12 }),
      row(john),
      row(john, { provider: 64497 }),
    ]);
  });

  it('counts it as connected where any report does, and stops at the most that a day can have', async () => {
    await report(
      used(anna, { megabytes: 0, connected: false }),
      used(anna, { megabytes: 1 }),
      used(john, { megabytes: MAX_MEGABYTES }),
      used(john, { megabytes: MAX_MEGABYTES }),
    );
    await closing.closeDays(NOW);
    expect(await closed()).toEqual([row(anna, { megabytes: 1 }), row(john, { megabytes: MAX_MEGABYTES })]);
  });

  it('leaves nothing of the reports: neither rows, nor a table, nor that they came', async () => {
    await report(used(anna));
    for (const day of [NEW_YEARS_EVE, daysAfter(NEW_YEARS_EVE, 1)]) {
      await database.query(
        "INSERT INTO usage_report (id, day, revision, digest) VALUES ($1, $2, 1, repeat('x', 43))",
        [reportId(), day],
      );
    }
    await closing.closeDays(NOW);
    expect(await reportedDays(database.pool)).toEqual([]);
    expect(await database.query('SELECT day::text FROM usage_report')).toEqual([
      { day: daysAfter(NEW_YEARS_EVE, 1) },
    ]);
  });

  it('waits for midnight in UTC, over the end of a year', async () => {
    await report(used(anna));
    expect(await closing.overdue(NOW - 1)).toEqual([]);
    expect(await closing.closeDays(NOW - 1)).toBe(0);
    expect(await closed()).toEqual([]);
    expect(await closing.overdue(NOW)).toEqual([NEW_YEARS_EVE]);
    expect(await closing.closeDays(NOW)).toBe(1);
    expect(await closing.overdue(NOW)).toEqual([]);
  });

  it('closes all that are overdue, the first day first, a leap day among them', async () => {
    const days = ['2028-03-01', '2028-02-29', '2028-02-28'] as Day[];
    await report(...days.map((day) => used(anna, { day })));
    expect(await closing.closeDays(Date.parse('2028-03-04T12:00:00Z'))).toBe(2);
    expect(await closed()).toEqual([
      row(anna, { day: '2028-02-28' as Day }),
      row(anna, { day: '2028-02-29' as Day }),
    ]);
    expect(await reportedDays(database.pool)).toEqual(['2028-03-01']);
  });

  it('does nothing where nothing is overdue, and nothing when it is done again', async () => {
    expect(await closing.closeDays(NOW)).toBe(0);
    await report(used(anna));
    expect([await closing.closeDays(NOW), await closing.closeDays(NOW)]).toEqual([1, 0]);
    expect(await closed()).toEqual([row(anna)]);
  });

  it('closes a day on which nobody used anything', async () => {
    await makeDayPartition(database.pool, NEW_YEARS_EVE);
    expect(await closing.closeDays(NOW)).toBe(1);
    expect([await closed(), await reportedDays(database.pool)]).toEqual([[], []]);
  });

  it('does not count a day again that was closed, whatever has been reported since', async () => {
    await report(used(anna));
    await closing.closeDays(NOW);
    await report(used(anna), used(john));
    expect(await closing.closeDays(NOW)).toBe(1);
    expect(await closed()).toEqual([row(anna)]);
    expect(await reportedDays(database.pool)).toEqual([]);
  });

  it('leaves out who objects to statistics', async () => {
    await report(used(anna), used(john));
    await database.query('UPDATE account SET objects_to_statistics = true WHERE id = $1', [anna]);
    await closing.closeDays(NOW);
    expect(await closed()).toEqual([row(john)]);
  });

  it('makes the pages of the month readable from the index alone', async () => {
    await report(used(anna));
    await closing.closeDays(NOW);
    const [pages] = await database.query(
      "SELECT relpages = relallvisible AS all_visible, reltuples FROM pg_class WHERE relname = 'usage_day_2027_12'",
    );
    expect(pages).toEqual({ all_visible: true, reltuples: 1 });
  });

  it('deletes handles under which nothing more may be reported', async () => {
    const retire = (accountId: string, day: Day) =>
      database.query('UPDATE usage_handle SET retired_on = $2 WHERE account_id = $1', [accountId, day]);
    await retire(anna, NEW_YEARS_EVE);
    await retire(john, daysAfter(NEW_YEARS_EVE, 1));
    const handles = () => database.query('SELECT account_id FROM usage_handle ORDER BY 1');
    await closing.closeDays(NOW - 1);
    expect(await handles()).toHaveLength(2);
    await closing.closeDays(NOW);
    expect(await handles()).toEqual([{ account_id: john }]);
  });
});

describe('the quality of service that is written with it', () => {
  const quality = () =>
    database.query('SELECT day::text, location, provider, accounts, failed FROM service_quality');
  const cell = (accounts: number, failed: number, other = {}) => ({
    day: NEW_YEARS_EVE,
    location: 'us-new-york',
    provider: 64496,
    accounts,
    failed,
    ...other,
  });
  const failing = { megabytes: 0, connected: false };

  /** Closes a day on which so many accounts connected, and so many could not. */
  async function close(connected: number, failed: number): Promise<void> {
    const ids = await database.accounts(connected + failed);
    await report(...ids.map((id, index) => used(id, index < connected ? {} : failing)));
    await closing.closeDays(NOW);
  }

  it.each([
    { connected: 20, failed: 0, rows: [cell(20, 0)] },
    { connected: 19, failed: 0, rows: [] },
    { connected: 0, failed: 19, rows: [] },
    { connected: 10, failed: 10, rows: [cell(20, 0)] },
    { connected: 20, failed: 19, rows: [cell(20, 0)] },
    { connected: 20, failed: 20, rows: [cell(40, 20)] },
    { connected: 0, failed: 41, rows: [cell(40, 40)] },
  ])('with $connected connected and $failed failed accounts', async ({ connected, failed, rows }) => {
    await close(connected, failed);
    expect(await quality()).toEqual(rows);
  });

  it('has a cell for each location and provider, in which an account counts once, whatever its countries', async () => {
    const ids = await database.accounts(20);
    await report(
      ...ids.flatMap((id) => [
        used(id, { ...failing, country: 'DE' }),
        used(id, { country: 'AT' }),
        used(id, { ...failing, provider: 0 }),
        used(id, { ...failing, location: 'de-frankfurt' }),
      ]),
      used(anna, failing),
    );
    await closing.closeDays(NOW);
    expect(await quality()).toEqual([
      cell(20, 20, { location: 'de-frankfurt' }),
      cell(20, 20, { provider: 0 }),
      cell(20, 0),
    ]);
  });

  it('does not count who objects', async () => {
    const ids = await database.accounts(20);
    await database.query('UPDATE account SET objects_to_statistics = true WHERE id = $1', [ids[0]]);
    await report(...ids.map((id) => used(id)));
    await closing.closeDays(NOW);
    expect(await quality()).toEqual([]);
  });

  it('is never computed again', async () => {
    await close(20, 0);
    await database.query('DELETE FROM usage_day');
    await close(20, 20);
    expect(await quality()).toEqual([cell(20, 0)]);
  });
});

describe('closing beside others', () => {
  it('is done once, by any of several gateways', async () => {
    await report(used(anna), used(john), used(anna, { day: daysAfter(NEW_YEARS_EVE, -1) }));
    const gateways = [1, 2, 3].map(() => new UsageClosing(database.pool, OPEN_DAYS).closeDays(NOW));
    // Each day by one of them; not both days by the same.
    expect((await Promise.all(gateways)).reduce((sum, count) => sum + count)).toBe(2);
    expect(await closed()).toEqual([row(anna, { day: daysAfter(NEW_YEARS_EVE, -1) }), row(anna), row(john)]);
  });

  it('waits for a report that is being written', async () => {
    await report(used(anna));
    let done: Promise<number> | undefined;
    await inTransaction(database.pool, async (client) => {
      await lockDay(client, NEW_YEARS_EVE, 'shared');
      done = closing.closeDays(NOW);
      await blocked(1);
      await client.query(
        `INSERT INTO usage_report_row (report_id, day, account_id, location, country, provider, megabytes, connected)
         SELECT report_id, day, $1, location, country, provider, megabytes, connected
         FROM usage_report_row`,
        [john],
      );
    });
    expect(await done).toBe(1);
    expect(await closed()).toEqual([row(anna), row(john)]);
  });

  it('leaves nothing of an account that is erased meanwhile, or whose owner objects', async () => {
    const [jane = ''] = await database.accounts(1);
    await report(used(anna), used(john), used(jane));
    let done: Promise<number> | undefined;
    await inTransaction(database.pool, async (client) => {
      await lockAccounts(client, 'exclusive');
      done = closing.closeDays(NOW);
      // It has summed up, and cannot go on.
      await blocked(1);
      await client.query('DELETE FROM account WHERE id = $1', [anna]);
      await client.query('UPDATE account SET objects_to_statistics = true WHERE id = $1', [jane]);
    });
    expect(await done).toBe(1);
    expect(await closed()).toEqual([row(john)]);
  });

  it('gives up when somebody reads for long, leaves the day as it was, and closes it the next time', async () => {
    await report(used(anna));
    const patient = new UsageClosing(database.pool, OPEN_DAYS, '50ms');
    await inTransaction(database.pool, async (client) => {
      await client.query('SELECT FROM usage_report_row');
      await expect(patient.closeDays(NOW)).rejects.toMatchObject({ code: '55P03' });
    });
    expect([await closed(), await patient.overdue(NOW)]).toEqual([[], [NEW_YEARS_EVE]]);
    expect(await patient.closeDays(NOW)).toBe(1);
    expect(await closed()).toEqual([row(anna)]);
  });
});

describe('the gateway', () => {
  it('closes days at once, counts those that are overdue, and says how many it closed', async () => {
    const day = '2026-01-31' as Day;
    await report(used(anna, { day }), used(anna, { day: daysAfter(day, 1) }));
    const lines: string[] = [];
    const overdue: number[] = [];
    const log = createLogger('gateway', (line) => lines.push(line));
    // Stopping waits for the pass that has begun.
    await startUsageClosing(closing, (count) => overdue.push(count), {
      log,
      observe: () => {},
      clock: async () => Date.now(),
    }).stop();
    expect(overdue).toEqual([2, 0]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'usage.closed', part: 'usage', count: 2 },
    ]);
  });
});
