// Connections to Postgres that are kept open for a part of the product.
import { Pool, type PoolConfig } from 'pg';

/** Close it with `end`. The next query tells whether the database is away, so the loss of a connection says nothing. */
export function openPool(config: PoolConfig): Pool {
  const pool = new Pool({ connectionTimeoutMillis: 5000, ...config });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
