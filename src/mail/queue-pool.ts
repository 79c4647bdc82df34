// The connections that graphile-worker uses: it wants a pool whose every loss of a connection is heard.
import { Pool } from 'pg';

/** `max`: connections. Close it with `end`. The next query tells whether the database is away, so a loss says nothing. */
export function openQueuePool(databaseUrl: string, max: number): Pool {
  const pool = new Pool({ connectionString: databaseUrl, max, connectionTimeoutMillis: 5000 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
