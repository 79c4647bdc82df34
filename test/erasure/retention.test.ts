import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { privacyLawsFile } from '../../src/config/policy.js';
import { inTransaction } from '../../src/db/transaction.js';
import { type Day, daysAfter, firstDayOf, type Month } from '../../src/lib/calendar.js';
import { createLogger } from '../../src/runtime/log.js';
import { RetentionService, startRetention } from '../../src/services/erasure/retention.js';
import { loadPrivacyLaws } from '../../src/services/policy/laws.js';
import { lockAccounts, monthPartition, storedMonths } from '../../src/services/usage/storage.js';
import { storeUsage } from '../support/people/usage.js';
import { blockedStatements } from '../support/stores/postgres.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

const laws = await loadPrivacyLaws(privacyLawsFile);
const MONTHS = 13;
const NOW = Date.parse('2028-03-01T00:00:00Z');
const OLD = ['2026-12-31', '2027-01-01', '2027-01-31'] as Day[];
const KEPT = ['2027-02-01', '2028-02-29'] as Day[];

let database: UsageDatabase;
let retention: RetentionService;
let anna: string;
beforeAll(async () => {
  database = await usageDatabase();
  retention = new RetentionService(database.pool, MONTHS, laws);
  anna = (await database.accounts(1))[0]!;
});
afterAll(() => database?.drop());
beforeEach(async () => {
  for (const month of await storedMonths(database.pool)) {
    await database.query(`DROP TABLE ${monthPartition(month)}`);
  }
  await database.query('TRUNCATE service_quality, staff_access');
});

/** Something of each kind on each of the days. */
async function store(...days: Day[]): Promise<void> {
  await storeUsage(
    database.url,
    'closed',
    days.map((day) => ({ accountId: anna, day })),
  );
  for (const day of days) {
    await database.query("INSERT INTO service_quality VALUES ($1, 'us-new-york', 64496, 20, 0)", [day]);
    await database.query("INSERT INTO staff_access VALUES ($1, $2, $3, $2, 'slow-connection', 'C-1')", [
      randomUUID(),
      anna,
      day,
    ]);
  }
}

/** On which days there is something in a table. */
async function daysIn(table: string): Promise<unknown[]> {
  return (await database.query(`SELECT day::text FROM ${table} ORDER BY 1`)).map(({ day }) => day);
}

const TABLES = ['usage_day', 'service_quality', 'staff_access'];
const days = () => Promise.all(TABLES.map(daysIn));

const old = (state: 'dropped' | 'due') =>
  ['usage', 'service-quality', 'staff-access'].flatMap((what) => [
    { what, part: what, month: '2026-12', rows: 1, state },
    { what, part: what, month: '2027-01', rows: 2, state },
  ]);

describe('retention', () => {
  it('drops what is older than its months before the present one, and says what that was', async () => {
    await store(...OLD, ...KEPT);
    expect(await retention.run({ dryRun: false, now: NOW })).toEqual(old('dropped'));
    expect(await days()).toEqual([KEPT, KEPT, KEPT]);
    expect(await storedMonths(database.pool)).toEqual(['2027-02', '2028-02']);
  });

  it('says before what it would drop, and drops nothing then', async () => {
    await store(...OLD, ...KEPT);
    const before = await days();
    expect(await retention.run({ dryRun: true, now: NOW })).toEqual(old('due'));
    expect(await days()).toEqual(before);
    expect(await storedMonths(database.pool)).toHaveLength(4);
  });

  it('has nothing to do when it is done again, or where there is nothing', async () => {
    expect(await retention.run({ dryRun: false, now: NOW })).toEqual([]);
    await store(...OLD, ...KEPT);
    await retention.run({ dryRun: false, now: NOW });
    expect(await retention.run({ dryRun: false, now: NOW })).toEqual([]);
    expect(await retention.run({ dryRun: true, now: NOW })).toEqual([]);
  });

  it.each([
    { months: 13, now: '2028-02-29T23:59:59.999Z', first: '2027-01' },
    { months: 13, now: '2028-03-01T00:00:00Z', first: '2027-02' },
    { months: 1, now: '2028-01-01T00:00:00Z', first: '2027-12' },
    { months: 12, now: '2027-12-31T23:59:59Z', first: '2026-12' },
    { months: 60, now: '2028-02-29T00:00:00Z', first: '2023-02' },
  ])('with $months months keeps $first and later at $now', async ({ months, now, first }) => {
    const service = new RetentionService(database.pool, months, laws);
    const firstDay = firstDayOf(first as Month);
    await store(daysAfter(firstDay, -1), firstDay);
    expect(service.firstKeptMonth(Date.parse(now))).toBe(first);
    await service.run({ dryRun: false, now: Date.parse(now) });
    expect(await days()).toEqual([[firstDay], [firstDay], [firstDay]]);
  });

  it('is done by one of several gateways', async () => {
    await store(...OLD);
    const runs = [1, 2, 3].map(() => retention.run({ dryRun: false, now: NOW }));
    const results = (await Promise.all(runs)).flat();
    expect(results).toHaveLength(6);
    expect(results).toEqual(expect.arrayContaining(old('dropped')));
  });

  it('holds what there is of accounts that restrict processing, alone, until that is lifted', async () => {
    const bert = (await database.accounts(1))[0]!;
    const restrict = (restricts: boolean) =>
      database.query('UPDATE account SET restricts_processing = $2 WHERE id = $1', [anna, restricts]);
    await store(...OLD);
    await storeUsage(database.url, 'closed', [
      { accountId: bert, day: OLD[0]! },
      { accountId: bert, day: OLD[2]! },
    ]);
    const usageOf = async () =>
      (await database.query('SELECT account_id, day::text FROM usage_day ORDER BY day')).map(Object.values);
    const fileOf = async () =>
      (await database.query(`SELECT '${monthPartition('2027-01' as Month)}'::regclass::oid`))[0];
    await restrict(true);
    const before = await fileOf();
    const due = await retention.run({ dryRun: true, now: NOW });
    const dropped = await retention.run({ dryRun: false, now: NOW });
    expect(dropped).toEqual(due.map((old) => ({ ...old, state: 'dropped' })));
    expect(dropped.filter(({ what }) => what !== 'service-quality')).toEqual([
      { what: 'usage', part: 'usage', month: '2026-12', rows: 1, state: 'dropped' },
      { what: 'usage', part: 'usage', month: '2027-01', rows: 1, state: 'dropped' },
    ]);
    expect(await usageOf()).toEqual(OLD.map((day) => [anna, day]));
    expect(await daysIn('staff_access')).toEqual(OLD);
    // A file of its own: bytes of others went with theirs.
    const held = await fileOf();
    expect(held).not.toEqual(before);
    expect(await retention.run({ dryRun: false, now: NOW })).toEqual([]);
    expect(await fileOf()).toEqual(held);
    await restrict(false);
    expect(await retention.run({ dryRun: false, now: NOW })).toEqual(
      old('dropped').filter(({ what }) => what !== 'service-quality'),
    );
    expect([await usageOf(), await daysIn('staff_access'), await storedMonths(database.pool)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('awaits who restricts processing at this moment, and holds their rows', async () => {
    await store(OLD[0]!);
    const run = await inTransaction(database.pool, async (client) => {
      await lockAccounts(client, 'exclusive');
      await client.query('UPDATE account SET restricts_processing = true WHERE id = $1', [anna]);
      const running = retention.run({ dryRun: false, now: NOW });
      while ((await blockedStatements(database.url)) === 0);
      return { running };
    });
    await run.running;
    expect(await daysIn('usage_day')).toEqual([OLD[0]]);
    await database.query('UPDATE account SET restricts_processing = false');
  });

  it('leaves a month that somebody reads, drops the rest, and comes back to it', async () => {
    await store(...OLD);
    const patient = new RetentionService(database.pool, MONTHS, laws, '50ms');
    const inUse = await inTransaction(database.pool, async (client) => {
      await client.query(`SELECT FROM ${monthPartition('2027-01' as Month)}`);
      return patient.run({ dryRun: false, now: NOW });
    });
    const [first, second, ...others] = old('dropped');
    expect(inUse).toEqual([first, { ...second, state: 'in-use' }, ...others]);
    expect(await daysIn('usage_day')).toEqual(OLD.slice(1));
    expect(await patient.run({ dryRun: false, now: NOW })).toEqual([second]);
  });
});

describe('the gateway', () => {
  it('drops at once, and logs how many rows of what', async () => {
    await store('2020-01-31' as Day);
    const lines: string[] = [];
    // Stopping waits for the pass that has begun.
    const log = createLogger('gateway', (line) => lines.push(line));
    await startRetention(retention, { log, observe: () => {}, clock: async () => Date.now() }).stop();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      ['usage', 'service-quality', 'staff-access'].map((part) => ({
        event: 'retention.dropped',
        part,
        count: 1,
      })),
    );
    expect(await days()).toEqual([[], [], []]);
  });
});
