import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresUpkeep } from '../../src/db/upkeep.js';
import { graphql } from '../support/http/graphql-client.js';
import { makeAccount } from '../support/people/account.js';
import { SECRET_KEY } from '../support/settings.js';
import { Canaries } from './canary.js';
import { type RaidedProduct, startToBeRaided } from './raid.js';
import { scan } from './scan.js';

describe('the bytes of a person who was erased', () => {
  const canaries = new Canaries();
  let product: RaidedProduct;
  beforeAll(async () => {
    product = await startToBeRaided({ SECRET_KEY });
  }, 120_000);
  afterAll(() => product?.remove());

  const finds = () => scan(product.folder, canaries.all).finds.map(({ canary }) => canary);

  it('are in no store after tables are rewritten, the log has moved on and the append-only file is new', async () => {
    const email = `${canaries.secret('e-mail of the erased')}@example.com`;
    const name = canaries.secret('name of the erased');
    const label = canaries.secret('label of an address of the erased');
    const words = canaries.secret('words of the erased');
    const stores = { databaseUrl: product.databaseUrl, redisUrl: product.redisUrl };
    const anna = await makeAccount(stores, { email, country: 'DE' });
    const client = new pg.Client({ connectionString: product.databaseUrl });
    await client.connect();
    const mutate = async (operation: string) => {
      const query = `mutation { ${operation} { userErrors { code } } }`;
      const { data, errors } = await graphql(product.graphqlUrl, {
        query,
        token: anna.token,
        headers: anna.fresh,
        source: '127.0.0.91',
      });
      expect([errors, Object.values(data)]).toEqual([undefined, [{ userErrors: [] }]]);
    };
    await mutate(`updateProfile(input: { version: 1, name: "${name}" })`);
    await mutate(`registerNetwork(input: { name: "${label}" })`);
    await mutate('submitRightsRequest(input: { kind: ACCESS })');
    await mutate(`submitRightsRequest(input: { kind: COMPLAINT, statement: "${words}" })`);
    await mutate('submitRightsRequest(input: { kind: DELETION })');
    const count = async (sql: string) => (await client.query(`SELECT FROM ${sql}`)).rowCount;
    await expect.poll(() => count('rights_export WHERE bytes > 0'), { timeout: 20_000 }).toBe(1);
    // Nor in the samples that Postgres takes for its planner.
    await client.query('ANALYZE');
    await client.query('CHECKPOINT');
    expect(finds()).toEqual(expect.arrayContaining(['e-mail of the erased', 'name of the erased']));

    // The seven days are over.
    await client.query("UPDATE rights_request SET erases_on = '2000-01-01' WHERE kind = 'deletion'");
    await expect.poll(() => count('account'), { timeout: 20_000 }).toBe(0);
    await expect.poll(() => count('erasure'), { timeout: 20_000 }).toBe(0);
    await expect.poll(() => count('graphile_worker._private_jobs'), { timeout: 20_000 }).toBe(0);
    await client.end();
    // What the gateways do by the clock, within the hour and five minutes.
    await new PostgresUpkeep(product.databaseUrl).run();
    const redis = new Redis(product.redisUrl);
    await redis.bgrewriteaof();
    const rewriting = async () =>
      /aof_rewrite_(in_progress|scheduled):1/.test(await redis.info('persistence'));
    await expect.poll(rewriting, { timeout: 20_000 }).toBe(false);
    await redis.quit();
    await product.raid();
    expect(finds()).toEqual([]);
  }, 120_000);
});
