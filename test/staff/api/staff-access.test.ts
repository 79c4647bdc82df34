import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../../ormconfig.js';
import { type AccessReason, StaffAccessService } from '../../../src/services/staff/staff-access.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../../support/gateway.js';

const STAFF_ACCESS = '{ viewer { staffAccessLog { edges { node { accessedOn reason caseReference } } } } }';

describe('viewer.staffAccessLog', () => {
  let gateway: TestGateway;
  let database: DataSource;
  let staffId: string;
  beforeAll(async () => {
    gateway = await startTestGateway();
    database = await createDataSource(gateway.database.url).initialize();
    staffId = (await gateway.account({ role: 'support' })).id;
  });
  afterAll(async () => {
    await database?.destroy();
    await gateway?.stop();
  });

  const staffAccess = async (token: string) =>
    (await gateway.call({ query: STAFF_ACCESS, token })).data.viewer.staffAccessLog.edges.map(
      ({ node }: { node: object }) => node,
    );

  /** Looks so many days ago. */
  function look(
    accountIds: string[],
    more: { daysAgo?: number; staff?: string; reason?: AccessReason; caseReference?: string | null } = {},
  ): Promise<ReadonlySet<string>> {
    const { daysAgo = 0, staff = staffId, reason = 'app-problem', caseReference = 'A-1' } = more;
    const service = new StaffAccessService(database, () => Date.parse(dayFromNow(-daysAgo)));
    return service.record({ accountIds, staffId: staff, reason, caseReference });
  }

  it('is empty when nobody has looked', async () => {
    expect(await staffAccess(await gateway.user())).toEqual([]);
  });

  it('shows days, reasons and cases, the newest first', async () => {
    const { id, token } = await gateway.account();
    await look([id], { daysAgo: 40 });
    await look([id], { caseReference: 'B-2' });
    await look([id], { reason: 'heavy-usage', caseReference: null });
    await look([id], { daysAgo: 1, reason: 'location-advice' });
    expect(await staffAccess(token)).toEqual([
      { accessedOn: dayFromNow(0), reason: 'APP_PROBLEM', caseReference: 'B-2' },
      { accessedOn: dayFromNow(0), reason: 'HEAVY_USAGE', caseReference: null },
      { accessedOn: dayFromNow(-1), reason: 'LOCATION_ADVICE', caseReference: 'A-1' },
      { accessedOn: dayFromNow(-40), reason: 'APP_PROBLEM', caseReference: 'A-1' },
    ]);
  });

  it('shows neither who looked nor how many did', async () => {
    const { id, token } = await gateway.account();
    await look([id]);
    await look([id], { staff: (await gateway.account({ role: 'support' })).id });
    expect(await gateway.query('SELECT FROM staff_access WHERE account_id = $1', [id])).toHaveLength(2);
    expect(await staffAccess(token)).toHaveLength(1);
    const query = '{ __type(name: "StaffAccess") { fields { name } } }';
    const { data } = await gateway.call({ query });
    expect(data.__type.fields.map(({ name }: { name: string }) => name)).toEqual([
      'accessedOn',
      'reason',
      'caseReference',
    ]);
  });

  it('has one entry for a day, however often and however many at once look', async () => {
    const { id } = await gateway.account();
    await Promise.all([1, 2, 3, 4].map(() => look([id])));
    await look([id], { daysAgo: 1 });
    const rows = await gateway.query(
      'SELECT day::text, staff_id FROM staff_access WHERE account_id = $1 ORDER BY day DESC',
      [id],
    );
    expect(rows).toEqual([0, -1].map((days) => ({ day: dayFromNow(days), staff_id: staffId })));
  });

  it('names the accounts that there are: of no other one may anything be shown', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    const gone = '00000000-0000-4000-8000-000000000000';
    await look([bert.id]);
    expect(await look([anna.id, gone, bert.id])).toEqual(new Set([anna.id, bert.id]));
    expect(await staffAccess(anna.token)).toHaveLength(1);
  });

  it('keeps its entries when the account of who looked is erased, without who it was', async () => {
    const { id, token } = await gateway.account();
    const staff = await gateway.account({ role: 'support' });
    await look([id], { staff: staff.id });
    const query = 'mutation { closeAccount { userErrors { code } } }';
    await gateway.call({ query, token: staff.token, headers: staff.fresh });
    expect(await staffAccess(token)).toHaveLength(1);
    expect(await gateway.query('SELECT staff_id FROM staff_access WHERE account_id = $1', [id])).toEqual([
      { staff_id: null },
    ]);
  });

  it('goes with the account', async () => {
    const { id, token, fresh } = await gateway.account();
    await look([id]);
    const query = 'mutation { closeAccount { userErrors { code } } }';
    await gateway.call({ query, token, headers: fresh });
    expect(await gateway.query('SELECT FROM staff_access WHERE account_id = $1', [id])).toEqual([]);
  });
});
