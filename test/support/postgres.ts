// A private, empty database on the run's real Postgres.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export async function freshDatabase(): Promise<FreshDatabase> {
  const serverUrl = inject('databaseServerUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await queryDatabase(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async drop() {
      await queryDatabase(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
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
