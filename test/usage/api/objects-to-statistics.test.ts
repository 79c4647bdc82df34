import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../../ormconfig.js';
import { openBulkPool } from '../../../src/db/bulk-pool.js';
import { inTransaction } from '../../../src/db/transaction.js';
import { StatisticsObjectionService } from '../../../src/services/usage/statistics-objection.js';
import { lockAccounts } from '../../../src/services/usage/storage.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { callAsNode, handleOf, makeNode, RECORD_USAGE } from '../../support/people/vpn-node.js';
import { blockedStatements } from '../../support/stores/postgres.js';

describe('viewer.objectsToStatistics', () => {
  let gateway: TestGateway;
  let database: DataSource;
  let pool: Pool;
  let objection: StatisticsObjectionService;
  beforeAll(async () => {
    gateway = await startTestGateway();
    database = await createDataSource(gateway.database.url).initialize();
    pool = openBulkPool(gateway.database.url);
    objection = new StatisticsObjectionService(database, pool);
  });
  afterAll(async () => {
    await pool?.end();
    await database?.destroy();
    await gateway?.stop();
  });

  const QUERY = '{ viewer { objectsToStatistics apps { version } } }';
  const viewer = async (token: string) => (await gateway.call({ query: QUERY, token })).data.viewer;
  const recordApp = async (token: string, version: string) => {
    const query = `mutation { recordApp(input: { platform: IOS, version: "${version}" }) { recorded userErrors { code } } }`;
    return (await gateway.call({ query, token })).data.recordApp;
  };

  it('is false until the person objects', async () => {
    expect((await viewer(await gateway.user())).objectsToStatistics).toBe(false);
  });

  it('holds from the objection on: no app is recorded, until it is withdrawn', async () => {
    const { id, token } = await gateway.account();
    const other = await gateway.account();
    await recordApp(token, '1.0');
    await objection.set(id, true);
    expect(await recordApp(token, '2.0')).toEqual({ recorded: false, userErrors: [] });
    expect(await viewer(token)).toEqual({ objectsToStatistics: true, apps: [{ version: '1.0' }] });
    expect((await viewer(other.token)).objectsToStatistics).toBe(false);
    await objection.set(id, false);
    expect(await recordApp(token, '2.0')).toEqual({ recorded: true, userErrors: [] });
    expect(await viewer(token)).toEqual({
      objectsToStatistics: false,
      apps: [{ version: '1.0' }, { version: '2.0' }],
    });
  });

  it('holds from the objection on: no report adds a row, until it is withdrawn', async () => {
    const { id, token } = await gateway.account();
    const node = await makeNode(gateway);
    const handle = await handleOf(gateway, id);
    const report = async (part: number) => {
      const row = { handle, location: node.location, country: 'DE', provider: 64496, connected: true };
      const input = { day: dayFromNow(-1), part, rows: [{ ...row, megabytes: 10 ** part }] };
      const answer = await callAsNode(gateway, {
        query: RECORD_USAGE,
        variables: { input },
        token: node.token,
      });
      return answer.data.recordUsage;
    };
    const megabytes = async () => {
      const [from, to] = [dayFromNow(-3), dayFromNow(-1)];
      const query = `{ viewer { usage(days: { from: "${from}", to: "${to}" }) { megabytes } } }`;
      return (await gateway.call({ query, token })).data.viewer.usage.megabytes;
    };
    const answers = [await report(1)];
    expect(await megabytes()).toBe(10);
    await objection.set(id, true);
    answers.push(await report(2));
    expect(await megabytes()).toBe(10);
    await objection.set(id, false);
    answers.push(await report(3));
    expect(await megabytes()).toBe(1010);
    // The node hears nothing of it.
    expect(answers).toEqual(answers.map(() => ({ outcome: 'COUNTED', userErrors: [] })));
  });

  it('waits for a report that is being written, so that nothing comes after it', async () => {
    const { id } = await gateway.account();
    let objected: Promise<void> | undefined;
    await inTransaction(pool, async (report) => {
      await lockAccounts(report, 'shared');
      objected = objection.set(id, true);
      await expect.poll(() => blockedStatements(gateway.database.url)).toBe(1);
      expect(await objection.has(id)).toBe(false);
    });
    await objected;
    expect(await objection.has(id)).toBe(true);
  });

  it('is UNAUTHENTICATED for a session whose account is gone', async () => {
    const { id, token } = await gateway.account();
    await gateway.query('DELETE FROM account WHERE id = $1', [id]);
    await objection.set(id, true);
    const query = '{ viewer { objectsToStatistics } }';
    const { errors } = await gateway.call({ query, token });
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
  });
});
