import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBulkPool } from '../../../src/db/bulk-pool.js';
import {
  type Day,
  daysAfter,
  firstDayOf,
  type Month,
  monthOf,
  monthsAfter,
  today,
} from '../../../src/lib/calendar.js';
import { HeavyUserService, type HeavyUserView } from '../../../src/services/staff/heavy-users.js';
import type { StaffAccessService } from '../../../src/services/staff/staff-access.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../../support/gateway.js';
import type { TestAccount } from '../../support/people/account.js';
import { storeUsage } from '../../support/people/usage.js';
import { blockedStatements } from '../../support/stores/postgres.js';

const HEAVY_USERS = `query ($month: Month!) {
  heavyUsers(month: $month) {
    accountId megabytes othersMegabytes daysConnected draft { to subject text mailto }
  }
}`;
/** How many others together somebody must outdo. */
const OTHERS = 20;

/** A month that is closed, and kept, whatever day it is today. */
const MONTH = monthsAfter(monthOf(today()), -2);
const FIRST = firstDayOf(MONTH);
const LAST = daysAfter(firstDayOf(monthsAfter(MONTH, 1)), -1);

describe('heavyUsers', () => {
  let gateway: TestGateway;
  let token: string;
  /** Each has 100 MB in the month unless a test says otherwise. */
  let accounts: TestAccount[];
  beforeAll(async () => {
    const usage = { openDays: 3, months: 13, heavyAccounts: OTHERS };
    gateway = await startTestGateway({ config: { usage } });
    token = await gateway.support();
    accounts = await Promise.all(Array.from({ length: 26 }, () => gateway.account()));
  });
  afterAll(() => gateway?.stop());
  beforeEach(async () => {
    await gateway.query('TRUNCATE usage_day, usage_report_row, staff_access');
    await gateway.query('UPDATE account SET objects_to_statistics = false');
  });

  const heavyUsers = async (month: string = MONTH) => {
    const { data, errors } = await gateway.call({ query: HEAVY_USERS, variables: { month }, token });
    expect(errors).toBeUndefined();
    return data.heavyUsers;
  };
  const used = (megabytes: readonly number[], day: Day = FIRST) =>
    storeUsage(
      gateway.database.url,
      'closed',
      megabytes.map((each, index) => ({ accountId: accounts[index]!.id, day, megabytes: each })),
    );
  /** What all used, but for the first ones. The twenty in the middle have 2,000 MB together. */
  const usual = (...first: number[]) => [...first, ...Array(26 - first.length).fill(100)];
  /** Ids of those who outdo so many others together, by a service that records no look. */
  const outdoing = async (others: number) => {
    const usagePool = openBulkPool(gateway.database.url);
    const usage = { openDays: 3, months: 13, heavyAccounts: others };
    const record: StaffAccessService['record'] = async ({ accountIds }) => new Set(accountIds);
    const users = await new HeavyUserService({ usagePool, usage, staffAccess: { record } }).list('', MONTH);
    await usagePool.end();
    return (users as HeavyUserView[]).map(({ account }) => account);
  };
  const listed = async () => (await heavyUsers()).map(({ accountId }: { accountId: string }) => accountId);
  const accessesOf = async ({ token }: TestAccount) => {
    const query = '{ viewer { staffAccessLog { edges { node { accessedOn reason caseReference } } } } }';
    return (await gateway.call({ query, token })).data.viewer.staffAccessLog.edges.map(
      ({ node }: { node: object }) => node,
    );
  };

  it('are the accounts with more than so many others together, most data first', async () => {
    await used(usual(1500, 4000, 2000), FIRST);
    await used([501, 1000], LAST);
    const [first, second] = accounts as [TestAccount, TestAccount];
    expect(await heavyUsers()).toEqual([
      expect.objectContaining({
        accountId: second.id,
        megabytes: 5000,
        othersMegabytes: 2000,
        daysConnected: 2,
      }),
      expect.objectContaining({
        accountId: first.id,
        megabytes: 2001,
        othersMegabytes: 2000,
        daysConnected: 2,
      }),
    ]);
  });

  it('are counted by the whole month, and by no day beside it', async () => {
    await used(usual(500));
    await used([10_000], daysAfter(FIRST, -1));
    await used([10_000], daysAfter(LAST, 1));
    expect(await listed()).toEqual([]);
  });

  it('count a day with a connection once, and one on which none was made not at all', async () => {
    await used(usual(5000));
    const { id: accountId } = accounts[0]!;
    await storeUsage(gateway.database.url, 'closed', [
      { accountId, day: FIRST, location: 'jp-tokyo' },
      { accountId, day: LAST, megabytes: 0, connected: false },
    ]);
    expect((await heavyUsers())[0]).toMatchObject({ megabytes: 5100, daysConnected: 1 });
  });

  it('count days that are closed by the clock, and wait to be moved', async () => {
    await used(usual(1500));
    const { id: accountId } = accounts[0]!;
    await storeUsage(gateway.database.url, 'open', [{ accountId, day: LAST, megabytes: 700 }]);
    expect((await heavyUsers())[0]).toMatchObject({ megabytes: 2200, daysConnected: 2 });
  });

  it('are nobody as long as there are not so many others with any data', async () => {
    await used([5000, ...Array(19).fill(100), 0]);
    expect(await listed()).toEqual([]);
    expect(await accessesOf(accounts[0]!)).toEqual([]);
    await storeUsage(gateway.database.url, 'closed', [
      { accountId: accounts[20]!.id, day: LAST, megabytes: 1 },
    ]);
    expect(await listed()).toEqual([accounts[0]!.id]);
  });

  it('are nobody among 26 accounts where thousands must be outdone, however much one of them has', async () => {
    await used([16_000_000, 5000, ...Array(24).fill(1)], FIRST);
    await used([2_589_850], LAST);
    expect(await outdoing(2000)).toEqual([]);
  });

  it('are compared with accounts in the middle: few data of some make nobody heavy, and two heavy ones hide no other', async () => {
    await used(usual(601, 600, 500, ...Array(8).fill(1)));
    expect(await outdoing(5)).toEqual([accounts[0]!.id, accounts[1]!.id]);
  });

  it('leave out who objects to statistics, also from the others', async () => {
    const more = await Promise.all([gateway.account(), gateway.account()]);
    await used(usual(5000));
    const [heavy, light] = more as [TestAccount, TestAccount];
    await storeUsage(gateway.database.url, 'closed', [
      { accountId: heavy.id, day: FIRST, megabytes: 9000 },
      { accountId: light.id, day: FIRST, megabytes: 100 },
    ]);
    expect(await listed()).toEqual([heavy.id, accounts[0]!.id]);
    await gateway.query('UPDATE account SET objects_to_statistics = true WHERE id = $1', [heavy.id]);
    expect(await listed()).toEqual([accounts[0]!.id]);
    await gateway.query('UPDATE account SET objects_to_statistics = true WHERE id = ANY($1)', [
      [light.id, ...accounts.slice(20).map(({ id }) => id)],
    ]);
    expect(await listed()).toEqual([]);
  });

  it('are told that they were looked at, and nobody else is', async () => {
    await used(usual(5000));
    await heavyUsers();
    await heavyUsers();
    const [heavy, other] = accounts as [TestAccount, TestAccount];
    expect(await accessesOf(heavy)).toEqual([
      { accessedOn: dayFromNow(0), reason: 'HEAVY_USAGE', caseReference: null },
    ]);
    expect(await accessesOf(other)).toEqual([]);
  });

  it('are not shown when that cannot be recorded', async () => {
    await used(usual(5000));
    await gateway.query('ALTER TABLE staff_access ADD CONSTRAINT refusing CHECK (false) NOT VALID');
    const { data, errors } = await gateway.call({ query: HEAVY_USERS, variables: { month: MONTH }, token });
    await gateway.query('ALTER TABLE staff_access DROP CONSTRAINT refusing');
    expect(data ?? null).toBeNull();
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['INTERNAL_SERVER_ERROR']);
  });

  it('are not shown when their account goes while they are counted', async () => {
    const { id: accountId } = await gateway.account();
    await used(usual(5000));
    await storeUsage(gateway.database.url, 'closed', [{ accountId, day: FIRST, megabytes: 9000 }]);
    const erasure = new pg.Client({ connectionString: gateway.database.url });
    await erasure.connect();
    await erasure.query('BEGIN');
    await erasure.query('DELETE FROM account WHERE id = $1', [accountId]);
    const answer = listed();
    while ((await blockedStatements(gateway.database.url)) === 0);
    await erasure.query('COMMIT');
    await erasure.end();
    expect(await answer).toEqual([accounts[0]!.id]);
  });

  it.each([
    ['en', 'A question about your data volume in', 'Hello,', /5,000 MB/, /Nothing changes for you/],
    ['de', 'Eine Frage zu Ihrem Datenvolumen im', 'Guten Tag,', /5\.000 MB/, /Für Sie ändert sich nichts/],
    ['es', 'Una pregunta sobre su volumen de datos en', 'Hola:', /5000 MB/, /Para usted no cambia nada/],
  ])(
    'come with a draft in the account’s language, %s, which opens in a mail program',
    async (locale, subject, hello, volume, stays) => {
      await used(usual());
      const email = `o'neil+vpn&co%_${locale}@exämple.com`;
      const { id: accountId } = await gateway.account({ email, locale });
      await storeUsage(gateway.database.url, 'closed', [{ accountId, day: FIRST, megabytes: 5000 }]);
      const [{ draft }] = await heavyUsers();
      expect(draft.to).toBe(email);
      const name = { en: 'en-GB', de: 'de-DE', es: 'es-ES' }[locale]!;
      const month = new Intl.DateTimeFormat(name, { month: 'long', year: 'numeric', timeZone: 'UTC' });
      expect(draft.subject).toBe(`${subject} ${month.format(Date.parse(FIRST))}`);
      expect(draft.text.startsWith(`${hello}\n\n`)).toBe(true);
      expect(draft.text).toMatch(volume);
      expect(draft.text).toMatch(stays);
      expect(draft.text).toContain(month.format(Date.parse(FIRST)));
      // As a mail program reads it (RFC 6068 section 2): nothing but ASCII, and "+" stands for itself.
      expect(draft.mailto).toMatch(
        /^mailto:[\w!$'()*,.;:@%~-]+\?subject=[\w.!'()*~%-]+&body=[\w.!'()*~%-]+$/,
      );
      const url = new URL(draft.mailto);
      expect(decodeURIComponent(url.pathname)).toBe(email);
      const fields = url.search
        .slice(1)
        .split('&')
        .map((field) => field.split('='));
      expect(fields.map(([field, value]) => [field, decodeURIComponent(value!)])).toEqual([
        ['subject', draft.subject],
        ['body', draft.text.replaceAll('\n', '\r\n')],
      ]);
    },
  );

  it('are written to by nobody: no mail is queued, and nothing of the account changes', async () => {
    await used(usual(5000));
    const heavy = accounts[0]!;
    const before = await gateway.query('SELECT * FROM account WHERE id = $1', [heavy.id]);
    await heavyUsers();
    expect(await gateway.query('SELECT FROM graphile_worker._private_jobs')).toEqual([]);
    expect(await gateway.query('SELECT * FROM account WHERE id = $1', [heavy.id])).toEqual(before);
  });

  const FORM = 'Variable "$month" is not valid: A Month is a calendar month as a string: YYYY-MM.';
  const WHOLE = 'All days of the month must be stored and closed. Choose an earlier or a later month.';
  it.each([
    ['a day', FIRST, FORM],
    ['a thirteenth month', '2026-13', FORM],
    ['nothing', '', FORM],
    ['the present month', monthOf(today()), WHOLE],
    ['a month to come', monthsAfter(monthOf(today()), 1), WHOLE],
    ['a month that is no longer kept', monthsAfter(monthOf(today()), -14), WHOLE],
  ])('are refused of %s', async (_what, month, message) => {
    const { data, errors } = await gateway.call({ query: HEAVY_USERS, variables: { month }, token });
    expect(data ?? null).toBeNull();
    expect(errors?.map((error) => [error.extensions?.code, error.message])).toEqual([
      ['BAD_USER_INPUT', message],
    ]);
  });

  it('are told from the day on which the month’s last day is closed, as long as its first is kept', async () => {
    const usagePool = openBulkPool(gateway.database.url);
    const usage = { openDays: 3, months: 2, heavyAccounts: OTHERS };
    // Nobody is heavy, so that nobody's look is recorded.
    const staffAccess = { record: async () => new Set<string>() };
    const at = (now: string) =>
      new HeavyUserService({ usagePool, usage, staffAccess, now: () => Date.parse(now) }).list(
        '',
        '2028-02' as Month,
      );
    expect(await at('2028-03-03T23:59:59.999Z')).toBe('not-whole');
    expect(await at('2028-03-04T00:00:00Z')).toEqual([]);
    expect(await at('2028-04-30T23:59:59.999Z')).toEqual([]);
    expect(await at('2028-05-01T00:00:00Z')).toBe('not-whole');
    await usagePool.end();
  });
});
