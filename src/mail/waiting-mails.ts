// What the gateway does to rows of the queue while the mail server is away, beyond what the library does.
import type { Job } from 'graphile-worker';
import type { Pool } from 'pg';
import { MAX_AGE_HOURS } from './outbox.js';

const ROWS_AT_A_TIME = 1000;

/** Restores the attempts and the place of jobs whose last attempt does not count. Those that another gateway has taken stay. */
export async function uncountAttempts(pool: Pick<Pool, 'query'>, jobs: readonly Job[]): Promise<void> {
  await pool.query(
    `UPDATE graphile_worker._private_jobs AS jobs SET attempts = jobs.attempts - 1, run_at = tried.run_at
     FROM unnest($1::bigint[], $2::timestamptz[]) AS tried (id, run_at)
     WHERE jobs.id = tried.id AND jobs.locked_at IS NULL AND jobs.attempts > 0`,
    [jobs.map(({ id }) => id), jobs.map(({ run_at }) => run_at)],
  );
}

/** Removes mails that have waited too long, and yields their payloads. `now`: milliseconds since the epoch. */
export async function* removeOld(pool: Pick<Pool, 'query'>, now: number): AsyncGenerator<unknown> {
  for (;;) {
    const { rows } = await pool.query<{ payload: unknown }>(
      `DELETE FROM graphile_worker._private_jobs WHERE id IN (
         SELECT id FROM graphile_worker._private_jobs
         WHERE locked_at IS NULL AND created_at < to_timestamp($1) - make_interval(hours => $2)
         ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
       ) RETURNING payload`,
      [now / 1000, MAX_AGE_HOURS, ROWS_AT_A_TIME],
    );
    for (const { payload } of rows) yield payload;
    if (rows.length < ROWS_AT_A_TIME) return;
  }
}
