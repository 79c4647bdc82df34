import fc from 'fast-check';
import { getNamedType, isObjectType } from 'graphql';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBulkPool } from '../../../src/db/bulk-pool.js';
import type { Day } from '../../../src/lib/calendar.js';
import { buildOpenSchema } from '../../../src/resolvers/build-schema.js';
import { UsageClosing } from '../../../src/services/usage/day-closing.js';
import { makeDayPartition } from '../../../src/services/usage/storage.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow } from '../../support/gateway.js';
import { reportId } from '../../support/people/usage.js';

const SERVICE_QUALITY = `query ($days: DayRangeInput!) {
  serviceQuality(days: $days) { day location { id name country } provider accounts failedAccounts }
}`;

describe('serviceQuality', () => {
  const gateway = useGateway();
  let token: string;
  beforeAll(async () => {
    token = await gateway.support();
  });
  beforeEach(() => gateway.query('TRUNCATE service_quality'));

  const ask = (from: string, to: string, as = token) =>
    gateway.call({ query: SERVICE_QUALITY, variables: { days: { from, to } }, token: as });
  const write = (
    ...cell: [day: string, location: string, provider: number, accounts: number, failed: number]
  ) => gateway.query('INSERT INTO service_quality VALUES ($1, $2, $3, $4, $5)', cell);

  it('returns accounts and failures by day, location and provider, in that order', async () => {
    await write('2026-02-02', 'us-new-york', 64496, 40, 0);
    await write('2026-02-01', 'us-new-york', 3320, 60, 20);
    await write('2026-02-01', 'us-new-york', 0, 100, 100);
    await write('2026-02-01', 'de-frankfurt', 3320, 20, 0);
    await write('2026-01-31', 'de-frankfurt', 3320, 20, 0);
    await write('2026-02-03', 'de-frankfurt', 3320, 20, 0);
    const frankfurt = { id: 'de-frankfurt', name: 'Frankfurt', country: 'DE' };
    const newYork = { id: 'us-new-york', name: 'New York', country: 'US' };
    const { data } = await ask('2026-02-01', '2026-02-02', await gateway.admin());
    expect(data.serviceQuality).toEqual([
      { day: '2026-02-01', location: frankfurt, provider: 3320, accounts: 20, failedAccounts: 0 },
      { day: '2026-02-01', location: newYork, provider: 0, accounts: 100, failedAccounts: 100 },
      { day: '2026-02-01', location: newYork, provider: 3320, accounts: 60, failedAccounts: 20 },
      { day: '2026-02-02', location: newYork, provider: 64496, accounts: 40, failedAccounts: 0 },
    ]);
  });

  it('returns a location that is no longer offered', async () => {
    await write('2026-02-01', 'xx-atlantis', 0, 20, 0);
    const location = { id: 'xx-atlantis', name: 'xx-atlantis', country: 'XX' };
    expect((await ask('2026-02-01', '2026-02-01')).data.serviceQuality).toMatchObject([{ location }]);
  });

  it.each([
    ['days in the wrong order', '2026-02-02', '2026-02-01'],
    ['401 days', '2025-01-01', '2026-02-05'],
  ])('refuses %s', async (_what, from, to) => {
    const { errors } = await ask(from, to);
    expect(errors?.map((error) => [error.extensions?.code, error.message])).toEqual([
      ['BAD_USER_INPUT', 'A range has 1 to 400 days, and its first day is not after its last day.'],
    ]);
  });

  it('takes 400 days', async () => {
    expect((await ask('2025-01-01', '2026-02-04')).errors).toBeUndefined();
  });

  describe('says nothing about fewer than 20 people', () => {
    it('has no other way to the same numbers: one field, one range, no filter and no total', () => {
      const types = Object.values(buildOpenSchema().getTypeMap()).filter(isObjectType);
      const ways = types.flatMap((type) =>
        Object.values(type.getFields())
          .filter((field) => getNamedType(field.type).name === 'ServiceQuality')
          .map((field) => `${type.name}.${field.name}(${field.args.map(({ name }) => name)}): ${field.type}`),
      );
      expect(ways).toEqual(['Query.serviceQuality(days): [ServiceQuality!]!']);
      const type = types.find(({ name }) => name === 'ServiceQuality');
      const fields = Object.values(type?.getFields() ?? {}).map((field) => `${field.name}: ${field.type}`);
      expect(fields).toEqual([
        'day: Date!',
        'location: VpnLocation!',
        'provider: Int!',
        'accounts: Int!',
        'failedAccounts: Int!',
      ]);
    });

    it('keeps any other number out of the table', async () => {
      for (const [accounts, failed] of [
        [19, 0],
        [0, 0],
        [21, 0],
        [40, 1],
        [40, 19],
        [40, -20],
      ] as const) {
        await expect(write('2026-02-01', 'us-new-york', 0, accounts, failed)).rejects.toThrow(
          'check constraint',
        );
      }
    });

    it('has no sum and no difference from 1 to 19, whatever is used, erased, objected to or reported again', async () => {
      const usagePool = openBulkPool(gateway.database.url);
      const closing = new UsageClosing(usagePool, 3);
      const [monday, tuesday] = [dayFromNow(-11), dayFromNow(-10)] as [Day, Day];
      const people = await gateway.query(
        `INSERT INTO account (id, email, password_hash, role)
         SELECT id, id || '@example.com', '', 'user' FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 60)) AS new
         RETURNING id`,
      );
      /** The first so many people, or those after as many, of whom some never connect. */
      const cell = fc.record({
        location: fc.constantFrom('us-new-york', 'de-frankfurt'),
        provider: fc.integer({ min: 0, max: 1 }),
        skipped: fc.nat(15),
        accounts: fc.nat(45),
        failed: fc.nat(45),
      });
      const cells = fc.uniqueArray(cell, { selector: ({ location, provider }) => `${location} ${provider}` });
      type Cell = typeof cell extends fc.Arbitrary<infer T> ? T : never;
      async function use(day: Day, used: readonly Cell[]): Promise<void> {
        await makeDayPartition(usagePool, day);
        for (const { location, provider, skipped, accounts, failed } of used) {
          const ids = people.slice(skipped, skipped + accounts).map(({ id }) => id);
          await gateway.query(
            `INSERT INTO usage_report_row (report_id, day, account_id, location, country, provider, megabytes, connected)
             SELECT $6, $1, id, $3, 'US', $4, 1, number > $5
             FROM unnest($2::uuid[]) WITH ORDINALITY AS person (id, number)`,
            [day, ids, location, provider, failed, reportId()],
          );
        }
        await closing.closeDays();
      }
      const numbers = async (): Promise<number[]> => {
        const { data } = await ask(monday, tuesday);
        return data.serviceQuality.flatMap((row: { accounts: number; failed: number }) => [
          row.accounts,
          row.failed,
        ]);
      };
      const fate = fc.constantFrom('erased', 'objects', 'stays', 'stays');
      const fates = fc.array(fate, { minLength: 60, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(cells, cells, cells, fates, async (first, second, again, what) => {
          await gateway.query('TRUNCATE service_quality, usage_day');
          await gateway.query('UPDATE account SET objects_to_statistics = false');
          await use(monday, first);
          const before = await numbers();
          expect(before).toHaveLength(2 * first.filter(({ accounts }) => accounts >= 20).length);
          const those = (fate: string) =>
            people.map(({ id }) => id).filter((_, index) => what[index] === fate);
          await gateway.query('DELETE FROM usage_day WHERE account_id = ANY($1)', [those('erased')]);
          await gateway.query('UPDATE account SET objects_to_statistics = true WHERE id = ANY($1)', [
            [...those('erased'), ...those('objects')],
          ]);
          await use(monday, again);
          await use(tuesday, second);
          const after = await numbers();
          // Nothing of what was told before has changed.
          if (first.some(({ accounts }) => accounts > 0))
            expect(after.slice(0, before.length)).toEqual(before);
          const told = [0, ...before, ...after];
          const pairs = told.flatMap((a) => told.flatMap((b) => [a + b, Math.abs(a - b)]));
          expect(pairs.filter((number) => number >= 1 && number <= 19)).toEqual([]);
        }),
        { numRuns: 15, seed: 20 },
      );
      await usagePool.end();
    });
  });
});
