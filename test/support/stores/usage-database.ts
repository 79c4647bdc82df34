// A database of its own with all tables, and accounts in it, for tests of how usage is stored and closed.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { openBulkPool } from '../../../src/db/bulk-pool.js';
import { freshDatabase } from './postgres.js';

export interface UsageDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Rows of a statement. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** New accounts: their ids, in ascending order. */
  accounts(count: number): Promise<string[]>;
  drop(): Promise<void>;
}

export async function usageDatabase(): Promise<UsageDatabase> {
  const database = await freshDatabase();
  const pool = openBulkPool(database.url);
  return {
    url: database.url,
    pool,
    query: async (sql, values = []) => (await pool.query(sql, [...values])).rows,
    async accounts(count) {
      const ids = Array.from({ length: count }, () => randomUUID()).sort();
      await pool.query(
        `INSERT INTO account (id, email, password_hash, role)
         SELECT id, id || '@example.com', '', 'user' FROM unnest($1::uuid[]) AS id`,
        [ids],
      );
      return ids;
    },
    async drop() {
      await pool.end();
      await database.drop();
    },
  };
}
