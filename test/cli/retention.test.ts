import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/db/transaction.js';
import { daysAfter, firstDayOf, monthOf, monthsAfter, today } from '../../src/lib/calendar.js';
import { storedMonths } from '../../src/services/usage/storage.js';
import { storeUsage } from '../support/people/usage.js';
import { emptyDatabase, type FreshDatabase } from '../support/stores/postgres.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';
import { runCli } from './run-cli.js';

const PRESENT = monthOf(today());
const FIRST_KEPT = monthsAfter(PRESENT, -13);
const OLD = monthsAfter(PRESENT, -14);

describe('retention', () => {
  let database: UsageDatabase;
  beforeAll(async () => {
    database = await usageDatabase();
  });
  afterAll(() => database?.drop());
  beforeEach(async () => {
    await database.query('TRUNCATE usage_day, service_quality');
    const [accountId = ''] = await database.accounts(1);
    const days = [daysAfter(firstDayOf(FIRST_KEPT), -1), firstDayOf(FIRST_KEPT), firstDayOf(PRESENT)];
    await storeUsage(
      database.url,
      'closed',
      days.map((day) => ({ accountId, day })),
    );
    await database.query(
      "INSERT INTO service_quality VALUES ($1, 'us-new-york', 64496, 20, 0), ($1, 'us-new-york', 64497, 20, 0)",
      [firstDayOf(OLD)],
    );
  });

  const run = (...options: string[]) => runCli(['retention', ...options], { DATABASE_URL: database.url });

  const listed = (state: string) =>
    [
      'WHAT             MONTH    ROWS',
      `usage            ${OLD}  1           ${state}`,
      `service-quality  ${OLD}  2           ${state}`,
      `kept: ${FIRST_KEPT} and later`,
      '',
    ].join('\n');

  it('lists what it would delete, deletes it, and then has nothing to delete', async () => {
    expect(await run('--dry-run')).toEqual({ code: 0, stderr: '', stdout: listed('would be deleted') });
    expect(await storedMonths(database.pool)).toEqual([OLD, FIRST_KEPT, PRESENT]);
    expect(await run()).toEqual({ code: 0, stderr: '', stdout: listed('deleted') });
    expect(await storedMonths(database.pool)).toEqual([FIRST_KEPT, PRESENT]);
    const nothing = { code: 0, stderr: '', stdout: `nothing to delete\nkept: ${FIRST_KEPT} and later\n` };
    expect([await run(), await run('--dry-run')]).toEqual([nothing, nothing]);
  });

  it('uses USAGE_MONTHS', async () => {
    const settings = { DATABASE_URL: database.url, USAGE_MONTHS: '14' };
    expect(await runCli(['retention'], settings)).toMatchObject({
      code: 0,
      stdout: `nothing to delete\nkept: ${OLD} and later\n`,
    });
    const faulty = await runCli(['retention'], { ...settings, USAGE_MONTHS: 'canary' });
    expect(faulty).toMatchObject({ code: 1, stdout: '' });
    expect(faulty.stderr).toMatch(/^USAGE_MONTHS/);
    expect(faulty.stderr).not.toContain('canary');
  });

  it('reports that a month is in use, and deletes it in the next run', async () => {
    const inUse = await inTransaction(database.pool, async (client) => {
      await client.query('SELECT FROM usage_day');
      return run();
    });
    expect(inUse).toMatchObject({ code: 1, stderr: '1 in use and not deleted; run the command again\n' });
    expect(inUse.stdout).toBe(listed('deleted').replace('deleted', 'in use'));
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(await storedMonths(database.pool)).toEqual([FIRST_KEPT, PRESENT]);
  });
});

describe('retention without a database that is ready', () => {
  let empty: FreshDatabase;
  beforeAll(async () => {
    empty = await emptyDatabase();
  });
  afterAll(() => empty?.drop());

  it.each([
    { error: 'no setting', settings: () => ({}), stderr: /^DATABASE_URL is missing/ },
    {
      error: 'nobody there',
      settings: () => ({ DATABASE_URL: 'postgres://name:secret@127.0.0.1:1/x' }),
      stderr: /^DATABASE_URL: cannot connect \(ECONNREFUSED\)\n$/,
    },
    {
      error: 'no tables',
      settings: () => ({ DATABASE_URL: empty.url }),
      stderr: /^the database has no tables yet; run: migrate/,
    },
  ])('ends with 1 and says why: $error', async ({ settings, stderr }) => {
    const result = await runCli(['retention'], settings());
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(stderr);
  });
});
