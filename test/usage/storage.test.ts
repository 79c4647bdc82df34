import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { to } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/db/transaction.js';
import {
  type Day,
  daysAfter,
  daysBetween,
  daysFrom,
  type Month,
  monthOf,
  parseDay,
  parseMonth,
  today,
} from '../../src/lib/calendar.js';
import {
  dayPartition,
  firstKeptDay,
  firstOpenDay,
  lockAccounts,
  lockDay,
  makeDayPartition,
  makeMonthPartition,
  monthPartition,
} from '../../src/services/usage/storage.js';
import { storeUsage } from '../support/people/usage.js';
import { blockedStatements } from '../support/stores/postgres.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

const DAY = '2026-02-28' as Day;
const ACCOUNT = '6b1f0f0e-5f0c-4b57-9a53-8f6b3f2f1f11';

describe('the storage of usage', () => {
  let database: UsageDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await usageDatabase();
    pool = database.pool;
  });
  afterAll(() => database?.drop());

  it('makes the partition of a day and of a month once, however many ask for it at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => makeDayPartition(pool, DAY)));
    await Promise.all([1, 2, 3, 4].map(() => makeMonthPartition(pool, monthOf(DAY))));
    const { rows } = await pool.query('SELECT relname FROM pg_class WHERE relispartition AND relkind = $1', [
      'r',
    ]);
    expect(rows.map(({ relname }) => relname).sort()).toEqual([
      monthPartition('2026-02' as Month),
      dayPartition(DAY),
    ]);
  });

  it('makes a partition while somebody reads, and keeps nobody from reading meanwhile', async () => {
    await inTransaction(pool, async (reader) => {
      await reader.query('SELECT FROM usage_day UNION ALL SELECT FROM usage_report_row');
      await Promise.all([
        makeDayPartition(pool, '2026-02-27' as Day),
        makeMonthPartition(pool, '2026-01' as Month),
      ]);
    });
  });

  it('keeps each day and each month to itself', async () => {
    await storeUsage(database.url, 'open', [{ accountId: ACCOUNT, day: DAY }]);
    await storeUsage(database.url, 'closed', [
      { accountId: ACCOUNT, day: DAY },
      { accountId: ACCOUNT, day: '2026-03-01' as Day },
    ]);
    const client = await pool.connect();
    const copied = await buffer(client.query(to(`COPY ${monthPartition('2026-02' as Month)} TO STDOUT`)));
    client.release();
    expect(copied.toString()).toBe(`2026-02-28\t${ACCOUNT}\tus-new-york\tUS\t64496\t100\tt\n`);
  });

  it('lets nobody close a day while its reports are written', async () => {
    let closed = false;
    let closing: Promise<void> | undefined;
    await inTransaction(pool, async (writer) => {
      await lockDay(writer, DAY, 'shared');
      closing = inTransaction(pool, async (closer) => {
        await lockDay(closer, DAY, 'exclusive');
        closed = true;
      });
      while ((await blockedStatements(database.url)) === 0);
      expect(closed).toBe(false);
    });
    await closing;
    expect(closed).toBe(true);
  });

  it('lets writers of one day, and of accounts, work side by side', async () => {
    await inTransaction(pool, async (one) => {
      await lockDay(one, DAY, 'shared');
      await lockAccounts(one, 'shared');
      await inTransaction(pool, async (other) => {
        await lockDay(other, DAY, 'shared');
        await lockAccounts(other, 'shared');
      });
    });
  });

  it('undoes a transaction that fails, and gives its connection back', async () => {
    const failure = new Error('on purpose');
    for (let time = 0; time < 5; time += 1) {
      await expect(
        inTransaction(pool, async (client) => {
          await client.query('DELETE FROM usage_day');
          throw failure;
        }),
      ).rejects.toBe(failure);
    }
    expect((await pool.query('SELECT count(*)::integer AS rows FROM usage_day')).rows).toEqual([{ rows: 2 }]);
    expect(pool.waitingCount).toBe(0);
  });
});

describe('days and months', () => {
  it('count a day as open until so many days after it', () => {
    expect(firstOpenDay(3, Date.parse('2026-03-02T00:00:00Z'))).toBe('2026-02-27');
    expect(firstOpenDay(3, Date.parse('2026-03-02T23:59:59.999Z'))).toBe('2026-02-27');
  });

  it('read a month, and nothing else', () => {
    expect(['2026-02', '2026-13', '2026-2', '2026-02-01', ''].map(parseMonth)).toEqual([
      '2026-02',
      null,
      null,
      null,
      null,
    ]);
  });

  it('count both ends of a span', () => {
    expect(daysFrom('2028-02-28' as Day, '2028-03-01' as Day)).toBe(3);
    expect(daysFrom(DAY, DAY)).toBe(1);
    expect(daysFrom(DAY, '2026-02-27' as Day)).toBe(0);
  });

  it('list every day of a span', () => {
    expect(daysBetween('2028-02-28' as Day, '2028-03-01' as Day)).toEqual([
      '2028-02-28',
      '2028-02-29',
      '2028-03-01',
    ]);
    expect(daysBetween(DAY, '2026-02-27' as Day)).toEqual([]);
    const someDay = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9000-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(someDay, fc.integer({ min: 1, max: 800 }), (date, length) => {
        const from = today(date.getTime());
        const days = Array.from({ length }, (_, index) => daysAfter(from, index));
        expect(daysBetween(from, days.at(-1)!)).toEqual(days);
      }),
    );
  });

  it('are dates of the calendar', () => {
    const twoDigits = fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, '0'));
    fc.assert(
      fc.property(
        fc.constantFrom('1900', '2000', '2026', '2028'),
        twoDigits,
        twoDigits,
        (year, month, number) => {
          const text = `${year}-${month}-${number}`;
          const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
          const real =
            Number(month) >= 1 && Number(month) <= 12 && Number(number) >= 1 && Number(number) <= last;
          expect(parseDay(text)).toBe(real ? text : null);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('keep whole months before the present one', () => {
    expect(firstKeptDay(13, Date.parse('2028-03-31T23:59:59.999Z'))).toBe('2027-02-01');
    expect(firstKeptDay(1, Date.parse('2028-01-01T00:00:00Z'))).toBe('2027-12-01');
  });
});
