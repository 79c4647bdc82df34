import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Day } from '../../../src/lib/calendar.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow } from '../../support/gateway.js';
import { makeSession } from '../../support/people/account.js';
import { storeUsage } from '../../support/people/usage.js';
import { blockedStatements } from '../../support/stores/postgres.js';

const SUPPORT_USAGE = `query ($account: ID!, $caseReference: String!, $days: DayRangeInput) {
  supportUsage(account: $account, caseReference: $caseReference, reason: SLOW_CONNECTION, days: $days) {
    usage { from to megabytes daysConnected byLocation { location { name } megabytes } }
    apps { platform version }
    objectsToStatistics
  }
}`;
const STAFF_ACCESS = '{ viewer { staffAccessLog { edges { node { accessedOn reason caseReference } } } } }';

describe('supportUsage', () => {
  const gateway = useGateway();
  let token: string;
  beforeAll(async () => {
    token = await gateway.support();
  });

  const look = (account: string, more: Record<string, unknown> = {}, as = token) =>
    gateway.call({
      query: SUPPORT_USAGE,
      variables: { account, caseReference: 'CASE-7', ...more },
      token: as,
    });
  const seenBy = async (owner: string) =>
    (await gateway.call({ query: STAFF_ACCESS, token: owner })).data.viewer.staffAccessLog.edges.map(
      ({ node }: { node: object }) => node,
    );
  const recorded = () => gateway.query('SELECT account_id FROM staff_access ORDER BY id');
  const LOOK = { accessedOn: dayFromNow(0), reason: 'SLOW_CONNECTION', caseReference: 'CASE-7' };

  it('shows what the account has used in the last 31 days that are over, its apps, and whether it objects', async () => {
    const anna = await gateway.account();
    await storeUsage(gateway.database.url, 'closed', [
      { accountId: anna.id, day: dayFromNow(-31) as Day, megabytes: 800 },
      { accountId: anna.id, day: dayFromNow(-32) as Day, megabytes: 5000 },
      { accountId: (await gateway.account()).id, day: dayFromNow(-31) as Day, megabytes: 7000 },
    ]);
    await storeUsage(gateway.database.url, 'open', [
      { accountId: anna.id, day: dayFromNow(-1) as Day, megabytes: 23 },
    ]);
    const query = 'mutation { recordApp(input: { platform: IOS, version: "12.4.1" }) { recorded } }';
    await gateway.call({ query, token: anna.token });
    const { data } = await look(anna.id);
    expect(data.supportUsage).toEqual({
      usage: {
        from: dayFromNow(-31),
        to: dayFromNow(-1),
        megabytes: 823,
        daysConnected: 2,
        byLocation: [{ location: { name: 'New York' }, megabytes: 823 }],
      },
      apps: [{ platform: 'IOS', version: '12.4.1' }],
      objectsToStatistics: false,
    });
  });

  it('shows no usage of an owner who objects to statistics, also not from before, until they withdraw that', async () => {
    const { id } = await gateway.account();
    const day = dayFromNow(-5) as Day;
    await storeUsage(gateway.database.url, 'closed', [{ accountId: id, day, megabytes: 800 }]);
    const object = (objects: boolean) =>
      gateway.query('UPDATE account SET objects_to_statistics = $2 WHERE id = $1', [id, objects]);
    await object(true);
    expect((await look(id)).data.supportUsage).toEqual({ usage: null, apps: [], objectsToStatistics: true });
    await object(false);
    expect((await look(id)).data.supportUsage.usage.megabytes).toBe(800);
  });

  it('shows other days when a range is given', async () => {
    const { id } = await gateway.account();
    const days = { from: '2026-01-05', to: '2026-01-07' };
    expect((await look(id, { days })).data.supportUsage.usage).toMatchObject(days);
  });

  it('finds an account by its e-mail address, in any case', async () => {
    const { email, token: owner } = await gateway.account();
    expect((await look(` ${email.toUpperCase()}`)).data.supportUsage.usage.megabytes).toBe(0);
    expect(await seenBy(owner)).toEqual([LOOK]);
  });

  it('is shown to the account’s owner on the same day, and to nobody else', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    await look(anna.id);
    expect(await seenBy(anna.token)).toEqual([LOOK]);
    expect(await seenBy(bert.token)).toEqual([]);
  });

  it('is recorded for staff who look at themselves, too', async () => {
    const support = await gateway.account({ role: 'support' });
    await look(support.id, {}, support.token);
    expect(await seenBy(support.token)).toEqual([LOOK]);
  });

  it('is recorded before anything is read', async () => {
    const { id } = await gateway.account();
    const holder = new pg.Client({ connectionString: gateway.database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE usage_day, usage_report_row, app_version IN ACCESS EXCLUSIVE MODE');
    const answer = look(id);
    while ((await blockedStatements(gateway.database.url)) === 0);
    expect(await recorded()).toContainEqual({ account_id: id });
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await answer).data.supportUsage).not.toBeNull();
  });

  it('shows nothing when it cannot be recorded', async () => {
    const { id } = await gateway.account();
    await gateway.query('ALTER TABLE staff_access ADD CONSTRAINT refusing CHECK (false) NOT VALID');
    const { data, errors } = await look(id);
    await gateway.query('ALTER TABLE staff_access DROP CONSTRAINT refusing');
    expect(data).toBeNull();
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(gateway.log.join('\n')).not.toContain(id);
  });

  it.each(['nobody@example.com', '00000000-0000-4000-8000-000000000000', 'no address', ''])(
    'refuses %j, which is no account, and that is no look',
    async (account) => {
      const before = await recorded();
      const { data, errors } = await look(account);
      expect(data).toBeNull();
      expect(errors?.map(({ message, extensions }) => [extensions, message])).toEqual([
        [{ code: 'BAD_USER_INPUT', argument: 'account' }, 'There is no such account.'],
      ]);
      expect(await recorded()).toEqual(before);
    },
  );

  const REFERENCE = 'caseReference must have 1 to 64 letters, digits, underscores and hyphens.';
  const RANGE = 'A range has 1 to 400 days, and its first day is not after its last day.';
  const OVER = 'The last day of the range must be over: yesterday (UTC) or earlier.';
  it.each([
    ['no reference', { caseReference: '' }, REFERENCE],
    ['a reference of spaces', { caseReference: '  ' }, REFERENCE],
    ['a reference of two words', { caseReference: 'two words' }, REFERENCE],
    ['a reference that is too long', { caseReference: 'a'.repeat(65) }, REFERENCE],
    ['a payment card number', { caseReference: '4111111111111111' }, REFERENCE],
    ['days in the wrong order', { days: { from: '2026-02-02', to: '2026-02-01' } }, RANGE],
    ['401 days', { days: { from: '2025-01-01', to: '2026-02-05' } }, RANGE],
    ['today', { days: { from: dayFromNow(-3), to: dayFromNow(0) } }, OVER],
  ])('refuses %s, and then nobody has looked', async (_what, more: Record<string, unknown>, message) => {
    const { id, token: owner } = await gateway.account();
    const { data, errors } = await look(id, more);
    expect(data).toBeNull();
    expect(errors?.map((error) => [error.extensions?.code, error.message])).toEqual([
      ['BAD_USER_INPUT', message],
    ]);
    expect(await seenBy(owner)).toEqual([]);
  });

  it('needs a reason of the list', async () => {
    const { errors } = await gateway.call({
      query: '{ supportUsage(account: "", caseReference: "1", reason: CURIOSITY) { objectsToStatistics } }',
      token,
    });
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('is for support with a second factor', async () => {
    const { id } = await gateway.account();
    const { id: staffId } = await gateway.account({ role: 'support' });
    const without = await makeSession(gateway.redis.url, {
      id: staffId,
      role: 'support',
      secondFactor: false,
    });
    const { errors } = await look(id, {}, without);
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['SECOND_FACTOR_REQUIRED']);
    expect(await recorded()).not.toContainEqual({ account_id: id });
  });
});
