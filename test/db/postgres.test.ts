import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { connectPostgres, openPostgres } from '../../src/db/connect.js';
import { createPostgres, openPool } from '../../src/db/postgres.js';
import { connectRedis } from '../../src/redis/connect.js';
import { Dependency } from '../../src/runtime/dependency.js';
import { createLogger } from '../../src/runtime/log.js';
import { type FaultProxy, faultProxyTo } from '../support/network/fault-proxy.js';
import { emptyDatabase, type FreshDatabase, queryDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

const log = createLogger('gateway', () => {});
const FORMS = `SELECT current_setting('DateStyle') AS date, current_setting('IntervalStyle') AS interval,
  current_setting('TimeZone') AS zone`;

let database: FreshDatabase;
let redis: TestRedis;
beforeAll(async () => {
  [database, redis] = await Promise.all([emptyDatabase(), startRedis()]);
});
afterAll(async () => {
  await database?.drop();
  await redis?.stop();
});

describe('a connection to Postgres', () => {
  it('uses the formats of values that the product expects, whatever the database has set', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const serverUrl = inject('databaseServerUrl');
    for (const setting of ["DateStyle = 'SQL, DMY'", 'IntervalStyle = iso_8601', "TimeZone = 'Asia/Tokyo'"]) {
      await queryDatabase(serverUrl, `ALTER DATABASE ${name} SET ${setting}`);
    }
    expect(await queryDatabase(database.url, FORMS)).toEqual([
      { date: 'SQL, DMY', interval: 'iso_8601', zone: 'Asia/Tokyo' },
    ]);
    const ours = [{ date: 'ISO, MDY', interval: 'postgres', zone: 'UTC' }];
    const pool = openPool({ connectionString: database.url });
    expect((await pool.query(FORMS)).rows).toEqual(ours);
    await pool.end();
    const source = await createDataSource(database.url).initialize();
    expect(await source.query(FORMS)).toEqual(ours);
    await source.destroy();
  });

  it('is closed when it has not answered in time, and not given to the next query', async () => {
    const client = createPostgres({ connectionString: database.url, query_timeout: 50 });
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    await expect(client.query('SELECT pg_sleep(5)')).rejects.toThrow('Query read timeout');
    await ended;
  });

  it('is closed when a write is refused, unless it is new: then the name leads to this server', async () => {
    const client = createPostgres({ connectionString: database.url });
    await client.connect();
    await client.query('SET default_transaction_read_only = on');
    await expect(client.query('CREATE TABLE young (id integer)')).rejects.toMatchObject({ code: '25006' });
    await client.query('SELECT pg_sleep(1)');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await expect(client.query('CREATE TABLE old (id integer)')).rejects.toMatchObject({ code: '25006' });
    await ended;
  });
});

describe('a store that cannot be used', () => {
  const proxies: FaultProxy[] = [];
  afterAll(() => {
    for (const proxy of proxies) proxy.close();
  });

  async function changed(url: string, change: (url: URL) => void): Promise<FaultProxy> {
    const other = new URL(url);
    change(other);
    proxies.push(await faultProxyTo(other.href));
    return proxies.at(-1)!;
  }

  it.each<[string, (url: URL) => void, string]>([
    [
      'password',
      (url) => {
        url.password = 'wrong';
      },
      'DATABASE_URL: Postgres refuses the user or the password (28P01)',
    ],
    [
      'database',
      (url) => {
        url.pathname = '/nothing';
      },
      'DATABASE_URL: Postgres has no such database (3D000)',
    ],
  ])(
    'ends the start at once when %s of Postgres is wrong, and explains it in words',
    async (_what, change, message) => {
      const proxy = await changed(database.url, change);
      await expect(connectPostgres(proxy.url, log)).rejects.toThrow(message);
      expect(proxy.connections()).toBe(1);
    },
  );

  it.each<[string, string, string]>([
    ['a wrong password', 'wrong', 'REDIS_URL: Redis refuses the user or the password (WRONGPASS)'],
    ['no password', '', 'REDIS_URL: Redis wants a user and a password (NOAUTH)'],
  ])(
    'ends the start at once with %s of Redis, and explains it in words',
    async (_what, password, message) => {
      const proxy = await changed(redis.url, (url) => {
        url.password = password;
        if (password === '') url.username = '';
      });
      const dependency = new Dependency('redis', log, () => {});
      await expect(connectRedis(proxy.url, dependency)).rejects.toThrow(message);
      expect(proxy.connections()).toBe(1);
    },
  );

  it('is described in words and tried again when it has no connection left', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const role = `narrow_${name}`;
    await queryDatabase(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'narrow' CONNECTION LIMIT 0`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'narrow';
    const error = await openPostgres(url.href).catch((error: unknown) => error);
    expect(error).toMatchObject({
      message: 'DATABASE_URL: Postgres has no connection left (53300)',
      lasts: false,
    });
    await queryDatabase(database.url, `DROP ROLE ${role}`);
  });
});
