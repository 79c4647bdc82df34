// What graphile-worker is given: a pool whose every loss of a connection is heard, and nothing to log with.
import { Logger } from 'graphile-worker';
import type { Pool, PoolConfig } from 'pg';
import { openPool } from './postgres.js';

/** The library's messages name jobs and hold their errors, and are of no use to an operator. */
export const SILENT = new Logger(() => () => {});

/**
 * `max`: connections. `limits`, in milliseconds: after how long without an answer a statement's connection is closed; without a
 * limit when absent. Close it with `end`.
 */
export function openQueuePool(
  databaseUrl: string,
  max: number,
  limits: Pick<PoolConfig, 'query_timeout'> = {},
): Pool {
  return openPool({ connectionString: databaseUrl, max, ...limits });
}
