// Private databases on the run's real Postgres.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database with all tables, in which nothing is stored. */
export async function freshDatabase(): Promise<FreshDatabase> {
  template ??= migratedTemplate();
  return createDatabase(`TEMPLATE ${await template}`);
}

/** A database without tables, for tests of what creates them or misses them. */
export function emptyDatabase(): Promise<FreshDatabase> {
  return createDatabase();
}

async function createDatabase(options = ''): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await queryDatabase(serverUrl(), `CREATE DATABASE ${name} ${options}`);
  return {
    url: urlOf(name),
    async drop() {
      await queryDatabase(serverUrl(), `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

/** Of the run's own server, which tests that need a process of their own do not have. */
function serverUrl(): string {
  const url = inject('databaseServerUrl') as string | undefined;
  if (url === undefined) throw new Error('a file of the project "alone" in vitest.config.ts has no Postgres');
  return url;
}

const TEMPLATE = 'migrated';
let template: Promise<string> | undefined;

/** The name of the database that others are copied from; the first test file of a run that needs it makes it. */
async function migratedTemplate(): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    // The lock ends with the connection. Its number is this file's choice.
    await client.query('SELECT pg_advisory_lock(1)');
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (rowCount === 0) {
      await client.query('CREATE DATABASE unfinished');
      await migrateDatabase(urlOf('unfinished'));
      await client.query(`ALTER DATABASE unfinished RENAME TO ${TEMPLATE}`);
    }
  } finally {
    await client.end();
  }
  return TEMPLATE;
}

async function migrateDatabase(url: string): Promise<void> {
  // Most test files that ask for a database load these anyway; the others need them once in a run.
  const [{ createDataSource }, { migrate }] = await Promise.all([
    import('../../../ormconfig.js'),
    import('../../../src/db/migrate.js'),
  ]);
  const source = await createDataSource(url).initialize();
  await migrate(source);
  await source.destroy();
}

/** Rows of any database. */
export async function queryDatabase(
  url: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement, [...values])).rows;
  } finally {
    await client.end();
  }
}

/**
 * How many statements that begin with `start` wait in a database for somebody else's lock. It is asked over a connection
 * of its own: a transaction never sees who connected after its first look.
 */
export async function blockedStatements(url: string, start = ''): Promise<number> {
  const blocked = `SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND starts_with(query, $1)`;
  return (await queryDatabase(url, blocked, [start])).length;
}
