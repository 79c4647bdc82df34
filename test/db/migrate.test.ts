import pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { migrate } from '../../src/db/migrate.js';
import { runCli } from '../cli/run-cli.js';
import {
  blockedStatements,
  emptyDatabase,
  type FreshDatabase,
  queryDatabase,
} from '../support/stores/postgres.js';

describe('migrations', () => {
  let database: FreshDatabase;
  let sources: DataSource[];
  beforeAll(async () => {
    database = await emptyDatabase();
    sources = await Promise.all([1, 2, 3].map(() => createDataSource(database.url).initialize()));
  });
  afterAll(async () => {
    await Promise.all((sources ?? []).map((source) => source.destroy()));
    await database?.drop();
  });

  it('are applied once, however many gateways start at the same time', async () => {
    const applied = await Promise.all(sources.map((source) => migrate(source)));
    expect(applied.sort()).toEqual([0, 0, sources[0]!.migrations.length]);
  });

  it('produce exactly the schema that the entities describe', async () => {
    const { upQueries } = await sources[0]!.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('can be reverted', async () => {
    const source = sources[0]!;
    await source.undoLastMigration();
    expect(await migrate(source)).toBe(1);
  });
});

describe('a migration behind an open transaction', () => {
  let database: FreshDatabase;
  let source: DataSource;
  let dump: pg.Client;
  beforeAll(async () => {
    database = await emptyDatabase();
    source = await createDataSource(database.url).initialize();
    await migrate(source);
    // The migration that waits changes the table `account`, as one of a new version may.
    await source.query("DELETE FROM migrations WHERE name = 'NameBuildsOfArchives1795915001000'");
    await source.query('ALTER TABLE account DROP COLUMN IF EXISTS probe');
    dump = new pg.Client({ connectionString: database.url, application_name: 'pg_dump' });
    await dump.connect();
  });
  afterAll(async () => {
    await dump?.end();
    await source?.destroy();
    await database?.drop();
  });
  const changesAccount = () => {
    const migration = source.migrations.find((each) => each.constructor.name.startsWith('NameBuilds'))!;
    return vi
      .spyOn(Object.getPrototypeOf(migration), 'up')
      .mockImplementation(async (runner) =>
        (runner as QueryRunner).query('ALTER TABLE account ADD COLUMN probe integer'),
      );
  };

  it('gives up, names the transaction, and does not block others for long', async () => {
    const up = changesAccount();
    await dump.query('BEGIN');
    await dump.query('SELECT FROM account');
    const waits: number[] = [];
    const failing = migrate(source, { patienceMs: 1, onWaiting: (count) => waits.push(count) }).then(
      () => expect.unreachable('it was applied'),
      (error: Error) => error,
    );
    while ((await blockedStatements(database.url, 'ALTER TABLE account')) === 0);
    // Postgres would end it after ten seconds.
    await source.query('SELECT FROM account');
    const { message } = await failing;
    const { rows } = await dump.query('SELECT pg_backend_pid() AS pid');
    expect(message).toBe(
      `DATABASE_URL: 1 migrations could not be applied, because an open transaction of pg_dump (pid ${rows[0].pid}) has a table; wait for its end, or end it, and start again`,
    );
    expect(waits).toEqual([]);
    up.mockRestore();
  });

  it('is applied by a later try, after the transaction has ended', async () => {
    const up = changesAccount();
    const applying = migrate(source, {
      onWaiting: () => {
        void dump.query('COMMIT');
      },
    });
    expect(await applying).toBe(1);
    expect(await source.query('SELECT probe FROM account')).toEqual([]);
    up.mockRestore();
  });
});

describe('migrate', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database?.drop());

  it('lists pending migrations, applies them, and reports those of a newer version', async () => {
    const settings = { DATABASE_URL: database.url };
    const before = await runCli(['migrate', '--dry-run'], settings);
    expect(before.stdout.split('\n')[0]).toBe('CreateAccount1795392000000');
    const count = before.stdout.trim().split('\n').length;
    expect(await runCli(['migrate'], settings)).toMatchObject({ code: 0, stderr: `applied: ${count}\n` });
    await queryDatabase(
      database.url,
      "INSERT INTO migrations (timestamp, name) VALUES (1999999999999, 'Newer1999999999999')",
    );
    expect(await runCli(['migrate', '--dry-run'], settings)).toEqual({
      code: 0,
      stdout: 'nothing is pending\n',
      stderr: '1 migrations of a newer version have been applied\n',
    });
  });
});
