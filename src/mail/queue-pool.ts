// What graphile-worker is given: a pool whose every loss of a connection is heard, and nothing to log with.
import { Logger } from 'graphile-worker';
import type { Pool } from 'pg';
import { openPool } from '../operations/postgres.js';

/** The library's messages name jobs and hold their errors, and are of no use to an operator. */
export const SILENT = new Logger(() => () => {});

/** No statement of the queue takes so long: a server that answers none is left. */
const ANSWER_MS = 15_000;

/** `max`: connections. `lockMs`: how long a statement waits for a lock, in milliseconds; without a limit when absent. Close it with `end`. */
export function openQueuePool(databaseUrl: string, max: number, lockMs?: number): Pool {
  const lock = lockMs === undefined ? {} : { lock_timeout: lockMs };
  return openPool({ connectionString: databaseUrl, max, query_timeout: ANSWER_MS, ...lock });
}
