import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { migrate } from '../../src/db/migrate.js';
import { PostgresUpkeep, startPostgresUpkeep } from '../../src/db/upkeep.js';
import { createLogger } from '../../src/runtime/log.js';
import { type FreshDatabase, freshDatabase, queryDatabase } from '../support/stores/postgres.js';

const HOUR = 3_600_000;
const NOON = Date.parse('2026-11-23T12:00:00Z');

describe('the upkeep of Postgres', () => {
  let database: FreshDatabase;
  let now: number;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database?.drop());

  const upkeep = (url = database.url) => {
    now = NOON;
    return new PostgresUpkeep(url, () => now);
  };
  const query = (sql: string) => queryDatabase(database.url, sql);
  /** Another one when the table has been rewritten. */
  async function fileOf(table: string): Promise<unknown> {
    return (await query(`SELECT pg_relation_filenode('${table}') AS file`))[0]!.file;
  }

  it('rewrites every table each hour, and the mail queue at each run', async () => {
    const gateway = upkeep();
    const files = async () => [await fileOf('account'), await fileOf('graphile_worker._private_jobs')];
    const first = await files();
    await gateway.run();
    const second = await files();
    expect(second.filter((file) => first.includes(file))).toEqual([]);
    now += HOUR / 2;
    await gateway.run();
    const third = await files();
    expect(third[0]).toBe(second[0]);
    expect(third[1]).not.toBe(second[1]);
    now += HOUR / 2;
    await gateway.run();
    expect((await files())[0]).not.toBe(second[0]);
  });

  it('rewrites a table once an hour for all gateways together; when one fails, another one tries', async () => {
    const taken = new Set<string>();
    const claims = {
      take: async (table: string) => !taken.has(table) && taken.add(table) !== undefined,
      async giveBack(table: string) {
        taken.delete(table);
      },
    };
    now = NOON;
    const [one, two] = [1, 2].map(() => new PostgresUpkeep(database.url, () => now, claims));
    await one!.run();
    const first = await fileOf('account');
    await two!.run();
    expect(await fileOf('account')).toBe(first);
    taken.clear();
    now += HOUR;
    const reader = new pg.Client({ connectionString: database.url });
    await reader.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT FROM account');
    await expect(one!.run()).rejects.toThrow();
    await reader.end();
    await two!.run();
    expect(await fileOf('account')).not.toBe(first);
  });

  it('starts a new write-ahead log, so that no older one remains', async () => {
    const log = () =>
      query('SELECT name FROM pg_ls_waldir() ORDER BY name').then((rows) => rows.map(({ name }) => name));
    await query('CREATE TABLE something WITH (autovacuum_enabled = off) AS SELECT 1');
    const [before] = await query('SELECT pg_walfile_name(pg_current_wal_lsn()) AS name');
    await upkeep().run();
    expect(await log()).not.toContain(before!.name);
    await query('DROP TABLE something');
  });

  it('rewrites large tables at night, and only after rows were deleted', async () => {
    // A rewrite gives way to autovacuum's ANALYZE of a new table, and is tried again later.
    await query(
      `CREATE TABLE large WITH (autovacuum_enabled = off) AS SELECT number, repeat(md5(number::text), 40) AS filler FROM generate_series(1, 60000) AS number`,
    );
    const gateway = upkeep();
    const first = await fileOf('large');
    // A gateway that has just started does not know since when rows have gone, and yet waits for the night.
    await gateway.run();
    expect(await fileOf('large')).toBe(first);
    now += 12 * HOUR;
    await gateway.run();
    const second = await fileOf('large');
    expect(second).not.toBe(first);
    now += 24 * HOUR;
    await gateway.run();
    expect(await fileOf('large')).toBe(second);
    await query('DELETE FROM large WHERE number = 1');
    // What is counted is written down when a connection ends.
    await expect
      .poll(() => query("SELECT pg_stat_get_tuples_deleted('large'::regclass)::integer AS gone"))
      .toEqual([{ gone: 1 }]);
    await gateway.run();
    expect(await fileOf('large')).not.toBe(second);
    await query('DROP TABLE large');
  });

  it('does not wait for a table in use: it fails, rewrites the others, and tries again at the next run', async () => {
    const gateway = upkeep();
    const busy = new pg.Client({ connectionString: database.url });
    await busy.connect();
    await busy.query('BEGIN; SELECT FROM account');
    const [account, signUp] = [await fileOf('account'), await fileOf('sign_up')];
    await expect(gateway.run()).rejects.toMatchObject({ name: 'UpkeepFailed', code: '55P03' });
    expect([await fileOf('account'), (await fileOf('sign_up')) === signUp]).toEqual([account, false]);
    await busy.query('COMMIT');
    await busy.end();
    await gateway.run();
    expect(await fileOf('account')).not.toBe(account);
  });

  it('is done by one gateway at a time', async () => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('SELECT pg_advisory_lock($1)', [0x63797570]);
    const before = await fileOf('account');
    await upkeep().run();
    expect(await fileOf('account')).toBe(before);
    await other.end();
  });

  it('fails when the role lacks the privilege, and is counted and logged once', async () => {
    const role = `narrow_${randomUUID().slice(0, 8)}`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'narrow'`);
    const url = new URL(inject('databaseServerUrl'));
    url.pathname = new URL(database.url).pathname;
    [url.username, url.password] = [role, 'narrow'];
    const log: string[] = [];
    const results: string[] = [];
    const job = startPostgresUpkeep(upkeep(url.href), {
      log: createLogger('gateway', (line) => log.push(line)),
      onRun: (result) => results.push(result),
      everyMs: 5,
    });
    await expect.poll(() => results.length, { timeout: 10_000 }).toBeGreaterThan(2);
    await job.stop();
    expect(new Set(results)).toEqual(new Set(['failed']));
    expect(log.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', event: 'dependency.lost', part: 'postgres-upkeep', code: '42501' },
    ]);
    await query(`DROP ROLE ${role}`);
  });

  it('leaves no sample of what people wrote, and removes earlier samples', async () => {
    await query(`INSERT INTO account (id, email, password_hash, role, name, country, locale)
      SELECT gen_random_uuid(), 'sample-' || number || '@example.com', 'x', 'user', 'Anna ' || number, 'DE', 'en' FROM generate_series(1, 200) AS number`);
    const samples = async () => {
      await query('ANALYZE');
      return query(`SELECT attname FROM pg_stats WHERE tablename = 'account' AND
        (histogram_bounds::text LIKE '%sample-%' OR most_common_vals::text LIKE '%Anna%' OR histogram_bounds::text LIKE '%Anna%')`);
    };
    expect(await samples()).toEqual([]);
    // As it was before.
    await query('ALTER TABLE account ALTER COLUMN email SET STATISTICS -1');
    expect(await samples()).toEqual([{ attname: 'email' }]);
    const source = await createDataSource(database.url).initialize();
    await migrate(source);
    await source.destroy();
    expect(await samples()).toEqual([]);
  });
});
