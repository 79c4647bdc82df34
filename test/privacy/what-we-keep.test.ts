import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { parseDay } from '../../src/lib/calendar.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { read } from '../repo/source-files.js';
import { graphql } from '../support/http/graphql-client.js';
import { makeAccount } from '../support/people/account.js';
import { type Product, startProduct } from '../support/product.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

/** First cells of the table under a heading of docs/what-we-keep.md. */
function documented(heading: string): string[] {
  const section = read('docs/what-we-keep.md').split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
}

/** Types that can hold neither a time of day nor a network address. */
const TIMELESS = ['uuid', 'text', 'boolean', 'integer', 'date'];

/** Columns outside TIMELESS or counted up, with the reason. */
const EXEMPT = new Map([
  ['migrations.id', 'counts versions of the software'],
  ['migrations.timestamp', 'part of the name of a version of the software'],
  ['migrations.name', 'TypeORM makes it character varying'],
]);

/** Tables of the mail queue's library that this product has no use for. */
const UNUSED_QUEUE_TABLES = ['_private_job_queues', '_private_known_crontabs'];

describe('what we keep', () => {
  let redis: TestRedis;
  let database: FreshDatabase;
  let product: Product;
  let columns: { name: string; type: string; default: string | null; identity: string }[];
  /** Their rows live only until a mail is sent, and so may hold the times that the library writes. */
  let queueColumns: string[];
  let unusedRows: unknown[];

  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), freshDatabase()]);
    product = await startProduct({ databaseUrl: database.url, redis });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const found = await client.query(
      `SELECT table_name || '.' || column_name AS name, data_type AS type, column_default AS default, is_identity AS identity
       FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)`,
    );
    columns = found.rows;
    const queue = await client.query(
      `SELECT table_name || '.' || column_name AS name
       FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
       WHERE table_schema = 'graphile_worker' AND table_type = 'BASE TABLE' AND table_name <> ALL($1)`,
      [UNUSED_QUEUE_TABLES],
    );
    queueColumns = queue.rows.map(({ name }) => name);
    const unused = UNUSED_QUEUE_TABLES.map((table) => `SELECT 1 FROM graphile_worker.${table}`);
    unusedRows = (await client.query(unused.join(' UNION ALL '))).rows;
    await client.end();
  });
  afterAll(async () => {
    await product?.stop();
    await Promise.all([redis?.stop(), database?.drop()]);
  });

  it('lists every column of the database, and no other', () => {
    expect(documented('In Postgres').sort()).toEqual(columns.map((column) => column.name).sort());
  });

  it('lists every column of the mail queue, and no other', () => {
    expect(documented('In the mail queue').sort()).toEqual(queueColumns.sort());
    expect(unusedRows).toEqual([]);
  });

  it('has no column that can hold a time of day or a network address', () => {
    const able = columns.filter((column) => !TIMELESS.includes(column.type) && !EXEMPT.has(column.name));
    expect(able).toEqual([]);
  });

  it('counts no rows, so that no number reveals the order of accounts', () => {
    const counted = columns.filter(
      (column) => column.default?.includes('nextval') || column.identity === 'YES',
    );
    expect(counted.filter((column) => !EXEMPT.has(column.name))).toEqual([]);
  });

  it('lists every key that the product in use has in Redis, and no other', async () => {
    const { token } = await makeAccount({ databaseUrl: database.url, redisUrl: redis.url });
    const answer = await graphql(product.graphqlUrl, {
      query: `mutation { registerNetwork(input: { name: "Flat", regionId: "us", lastDay: "2029-01-31" }) { network { id } } }`,
      token,
      source: '127.0.0.20',
    });
    const { id } = answer.data.registerNetwork.network;
    const rotated = await graphql(product.graphqlUrl, {
      query: `mutation { rotateNetworkToken(input: { networkId: "${id}" }) { userErrors { code } } }`,
      token,
    });
    expect(rotated.data).toEqual({ rotateNetworkToken: { userErrors: [] } });
    const store = new Redis(redis.operatorUrl);
    const writer = new AllowlistWriter(store);
    const [removed, kept] = ['127.0.3.0/24', '127.0.4.0/24'].map((text) => parsePrefix(text) as Prefix);
    for (const prefix of [removed!, kept!]) {
      await writer.put({
        prefix,
        profile: plainProfile(prefix, 'us'),
        label: '',
        lastDay: parseDay('2029-01-31'),
      });
    }
    await writer.remove(removed!);

    await graphql(product.graphqlUrl, {
      query:
        'mutation { signIn(input: { email: "nobody@example.com", password: "" }) { userErrors { code } } }',
    });

    const keys = await scanned(store);
    expectListed('In Redis', keys);
    const deadlines = await Promise.all(keys.map((key) => store.expiretime(key)));
    expect(deadlines.filter((deadline) => deadline > 0 && deadline % 86_400 !== 0)).toEqual([]);
    await store.quit();

    const ephemeral = new Redis(product.ephemeral.operatorUrl);
    // What expires, or results from what other tests are about.
    await ephemeral.mset('spent:in-another-test', '', 'rewriting', '', 'rewriting:public.account', '');
    expectListed('In the ephemeral Redis', await scanned(ephemeral));
    await ephemeral.quit();
  });
});

/** Every key stands in the table under the heading, and for each line of it there is a key. */
function expectListed(heading: string, keys: readonly string[]): void {
  const patterns = documented(heading).map((pattern) => ({
    pattern,
    matches: (key: string) =>
      pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern,
  }));
  expect(keys.filter((key) => !patterns.some(({ matches }) => matches(key)))).toEqual([]);
  expect(patterns.filter(({ matches }) => !keys.some(matches)).map(({ pattern }) => pattern)).toEqual([]);
}

async function scanned(store: Redis): Promise<string[]> {
  const keys: string[] = [];
  for await (const batch of store.scanStream({ count: 1000 })) keys.push(...batch);
  return keys;
}
