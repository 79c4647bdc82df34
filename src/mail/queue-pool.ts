// What graphile-worker is given: a pool whose every loss of a connection is heard, and nothing to log with.
import { Logger } from 'graphile-worker';
import { Pool } from 'pg';

/** The library's messages name jobs and hold their errors, and are of no use to an operator. */
export const SILENT = new Logger(() => () => {});

/** `max`: connections. Close it with `end`. The next query tells whether the database is away, so a loss says nothing. */
export function openQueuePool(databaseUrl: string, max: number): Pool {
  const pool = new Pool({ connectionString: databaseUrl, max, connectionTimeoutMillis: 5000 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
