// What graphile-worker is given: a pool whose every loss of a connection is heard, and nothing to log with.
import { Logger } from 'graphile-worker';
import type { Pool } from 'pg';
import { openPool } from '../operations/pool.js';

/** The library's messages name jobs and hold their errors, and are of no use to an operator. */
export const SILENT = new Logger(() => () => {});

/** `max`: connections. Close it with `end`. */
export function openQueuePool(databaseUrl: string, max: number): Pool {
  return openPool({ connectionString: databaseUrl, max });
}
