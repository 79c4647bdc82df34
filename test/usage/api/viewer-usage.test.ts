import { graphql } from 'graphql';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ViewerUsage } from '../../../client/index.js';
import { createDataSource } from '../../../ormconfig.js';
import { openApi } from '../../../src/app/api.js';
import { locationsFile } from '../../../src/config/catalogue.js';
import { databaseStatements } from '../../../src/db/database-statements.js';
import { buildGuardedSchema } from '../../../src/graphql/guards/guarded-schema.js';
import type { Day } from '../../../src/lib/calendar.js';
import { MegabytesScalar } from '../../../src/schema/megabytes.js';
import { loadLocations } from '../../../src/services/usage/locations.js';
import { dayPartition } from '../../../src/services/usage/storage.js';
import { UsageService } from '../../../src/services/usage/usage.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { storeUsage } from '../../support/people/usage.js';
import { blockedStatements } from '../../support/stores/postgres.js';

const USAGE = `query ($days: DayRangeInput!) {
  viewer {
    usage(days: $days) {
      from to openFrom keptFrom daysConnected megabytes
      byDay { day connected megabytes }
      byMonth { month daysConnected megabytes }
      byLocation { location { id name country } daysConnected megabytes }
      byCountry { country daysConnected megabytes }
      byProvider { provider daysConnected megabytes }
    }
  }
}`;

const day = (text: string) => text as Day;

describe('viewer.usage', () => {
  let gateway: TestGateway;
  let database: DataSource;
  beforeAll(async () => {
    gateway = await startTestGateway();
    database = await createDataSource(gateway.database.url).initialize();
  });
  afterAll(async () => {
    await database?.destroy();
    await gateway?.stop();
  });

  const usage = (token: string, from: string, to: string) =>
    gateway.ask(ViewerUsage, { days: { from, to } }, { token });

  /** The schema as it is served, with a clock that stands still. */
  async function answerAt(now: string, accountId: string, from: string, to: string): Promise<string> {
    const config = { openDays: 3, months: 13, heavyAccounts: 2000 };
    const locations = await loadLocations(locationsFile);
    const service = new UsageService({
      reads: databaseStatements(database),
      usage: config,
      locations,
      now: () => Date.parse(now),
    });
    const answer = await graphql({
      schema: buildGuardedSchema(openApi(), () => {}),
      source: USAGE,
      variableValues: { days: { from, to } },
      contextValue: { services: { usage: service }, session: { accountId, role: 'user' }, node: null },
    });
    // What has no parts of its own stands on one line.
    const text = JSON.stringify(answer, null, 2);
    return `${text.replace(/\{[^{}]+\}/g, (leaf) => leaf.replace(/\s+/g, ' '))}\n`;
  }

  it('returns days, months, locations, countries and providers, of days that are closed and days that are open', async () => {
    const { id: accountId } = await gateway.account();
    const other = await gateway.account();
    await storeUsage(gateway.database.url, 'closed', [
      { accountId, day: day('2027-12-31'), megabytes: 823 },
      { accountId, day: day('2028-01-01'), megabytes: 16_777_215, provider: 16_777_215 },
      // Two locations on a day, and two countries: one day.
      { accountId, day: day('2028-02-28'), location: 'de-frankfurt', country: 'DE', provider: 3320 },
      { accountId, day: day('2028-02-28'), location: 'us-new-york', country: 'DE', provider: 3320 },
      { accountId, day: day('2028-02-28'), location: 'us-new-york', country: 'FR', provider: 3215 },
      { accountId, day: day('2028-02-29'), megabytes: 1 },
      // All tries failed, and then a try at another location did not.
      { accountId, day: day('2028-03-01'), location: 'jp-tokyo', megabytes: 0, connected: false },
      { accountId, day: day('2028-03-02'), location: 'jp-tokyo', megabytes: 0, connected: false },
      { accountId, day: day('2028-03-02'), location: 'sg-singapore', megabytes: 0 },
      // A location that is no longer offered, and a country and a provider that are not known.
      { accountId, day: day('2028-03-03'), location: 'xx-atlantis', country: 'ZZ', provider: 0 },
      // Not asked for, or somebody else's.
      { accountId, day: day('2027-12-30'), megabytes: 5000 },
      { accountId: other.id, day: day('2028-02-29'), megabytes: 7000 },
    ]);
    await storeUsage(gateway.database.url, 'open', [
      // Two reports about one day.
      { accountId, day: day('2028-03-04'), megabytes: 40 },
      { accountId, day: day('2028-03-04'), megabytes: 2 },
      { accountId, day: day('2028-03-05'), connected: false, megabytes: 0 },
      { accountId, day: day('2028-03-06'), megabytes: 9000 },
      { accountId: other.id, day: day('2028-03-05'), megabytes: 7000 },
    ]);
    const answer = await answerAt('2028-03-06T23:59:59.999Z', accountId, '2027-12-31', '2028-03-05');
    await expect(answer).toMatchFileSnapshot('__snapshots__/viewer-usage.txt');
  });

  it('is zero on every day for an account that has used nothing', async () => {
    const { id } = await gateway.account();
    const answer = await answerAt('2028-03-01T00:00:00Z', id, '2028-02-28', '2028-02-29');
    await expect(answer).toMatchFileSnapshot('__snapshots__/viewer-usage-of-nobody.txt');
  });

  it('returns the days that may still change, and the first day of which usage is kept', async () => {
    const { data } = await usage(await gateway.user(), dayFromNow(-1), dayFromNow(-1));
    const { openFrom, keptFrom } = data.viewer.usage;
    expect(openFrom).toBe(dayFromNow(-3));
    const now = new Date();
    const kept = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 13));
    expect(keptFrom).toBe(kept.toISOString().slice(0, 10));
  });

  it('sums what no 32 bits hold', async () => {
    const { id: accountId, token } = await gateway.account();
    const days = Array.from({ length: 200 }, (_, index) => day(dayFromNow(-10 - index)));
    const rows = days.map((each) => ({ accountId, day: each, megabytes: 16_777_215 }));
    await storeUsage(gateway.database.url, 'closed', rows);
    const { data } = await usage(token, dayFromNow(-300), dayFromNow(-1));
    expect(data.viewer.usage).toMatchObject({ daysConnected: 200, megabytes: 200 * 16_777_215 });
  });

  it.each([
    [
      'days in the wrong order',
      '2026-02-02',
      '2026-02-01',
      'A range has 1 to 400 days, and its first day is not after its last day.',
    ],
    [
      '401 days',
      '2025-01-01',
      '2026-02-05',
      'A range has 1 to 400 days, and its first day is not after its last day.',
    ],
    [
      'a day that is not over',
      dayFromNow(-1),
      dayFromNow(0),
      'The last day of the range must be over: yesterday (UTC) or earlier.',
    ],
    [
      'the future',
      dayFromNow(0),
      dayFromNow(10),
      'The last day of the range must be over: yesterday (UTC) or earlier.',
    ],
  ])('refuses %s', async (_what, from, to, message) => {
    const { errors } = await usage(await gateway.user(), from, to);
    expect(errors?.map((error) => [error.extensions?.code, error.message])).toEqual([
      ['BAD_USER_INPUT', message],
    ]);
  });

  it('takes 400 days, and a single one', async () => {
    const token = await gateway.user();
    const { data } = await usage(token, '2025-01-01', '2026-02-04');
    expect(data.viewer.usage.byDay).toHaveLength(400);
    expect(data.viewer.usage.byMonth).toHaveLength(14);
    expect((await usage(token, '2026-02-04', '2026-02-04')).data.viewer.usage.byDay).toHaveLength(1);
  });

  it('is whole while the day is being closed, before and after', async () => {
    const { id: accountId, token } = await gateway.account();
    const yesterday = day(dayFromNow(-1));
    await storeUsage(gateway.database.url, 'open', [{ accountId, day: yesterday, megabytes: 7 }]);
    await storeUsage(gateway.database.url, 'closed', [
      { accountId, day: day(dayFromNow(-2)), megabytes: 1 },
      // Somebody else's, for the sake of the month.
      { accountId: (await gateway.account()).id, day: yesterday },
    ]);
    const ask = async () => (await usage(token, dayFromNow(-2), yesterday)).data.viewer.usage.megabytes;
    // So often that Postgres has settled on a plan.
    for (let times = 0; times < 12; times += 1) expect(await ask()).toBe(8);
    const closing = database.createQueryRunner();
    await closing.startTransaction();
    await closing.query(
      `INSERT INTO usage_day (day, account_id, location, country, provider, megabytes, connected)
       SELECT day, account_id, location, country, provider, megabytes, connected
       FROM usage_report_row WHERE day = $1`,
      [yesterday],
    );
    expect(await ask()).toBe(8);
    await closing.query(`DROP TABLE ${dayPartition(yesterday)}`);
    const asked = ask();
    await expect.poll(() => blockedStatements(gateway.database.url)).toBe(1);
    await closing.commitTransaction();
    await closing.release();
    expect(await asked).toBe(8);
    expect(await ask()).toBe(8);
  });
});

describe('Megabytes', () => {
  it.each([0, 823, 2 ** 31, Number.MAX_SAFE_INTEGER])('holds %s', (value) => {
    expect(MegabytesScalar.serialize(value)).toBe(value);
    expect(MegabytesScalar.parseValue(value)).toBe(value);
  });

  it.each([
    -1,
    0.5,
    Number.MAX_SAFE_INTEGER + 1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '823',
    823n,
    true,
    null,
  ])('never returns %s', (value) => {
    expect(() => MegabytesScalar.serialize(value)).toThrow(/whole number/);
    expect(() => MegabytesScalar.parseValue(value)).toThrow(/whole number/);
  });
});
