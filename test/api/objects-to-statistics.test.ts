import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { StatisticsObjectionService } from '../../src/services/statistics-objection.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

describe('viewer.objectsToStatistics', () => {
  let gateway: TestGateway;
  let database: DataSource;
  let objection: StatisticsObjectionService;
  beforeAll(async () => {
    gateway = await startTestGateway();
    database = await createDataSource(gateway.database.url).initialize();
    objection = new StatisticsObjectionService(database);
  });
  afterAll(async () => {
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

  it('is UNAUTHENTICATED for a session whose account is gone', async () => {
    const { id, token } = await gateway.account();
    await gateway.query('DELETE FROM account WHERE id = $1', [id]);
    await objection.set(id, true);
    const query = '{ viewer { objectsToStatistics } }';
    const { errors } = await gateway.call({ query, token });
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
  });
});
