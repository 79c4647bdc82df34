// The connections of graphile-worker, and a logger that writes nothing.
import { Logger } from 'graphile-worker';
import type { Pool, PoolConfig } from 'pg';
import { openPool } from './postgres.js';

/** The library's messages contain jobs and their errors, which must not be logged. */
export const SILENT = new Logger(() => () => {});

/**
 * `max`: connections. `limits`: milliseconds without a response after which a statement's connection is closed; no limit when
 * absent. Close the pool with `end`.
 */
export function openQueuePool(
  databaseUrl: string,
  max: number,
  limits: Pick<PoolConfig, 'query_timeout'> = {},
): Pool {
  return openPool({ connectionString: databaseUrl, max, ...limits });
}
