// Returns mails to the queue whose gateway died while it sent them. The library does not detect dead workers and would return
// them after four hours. Each of our workers holds an advisory lock of its name while it has mails (decision 0044).
import type { Pool } from 'pg';
import type { AdvisoryLocks } from '../db/advisory-locks.js';

/** Longer than sending a mail usually takes. */
const SENDING_SECONDS = 60;

export class AbandonedMails {
  /** Workers whose lock nobody held at the previous check. */
  private missing: ReadonlySet<string> = new Set();

  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    private readonly locks: Pick<AdvisoryLocks, 'free'>,
  ) {}

  /**
   * Unlocks the mails of dead workers. A worker is dead when its lock is missing at two checks in a row: one that has lost the
   * connection of its lock takes it again in between. A check that fails does not count.
   */
  async returnToQueue(): Promise<void> {
    const before = this.missing;
    this.missing = new Set();
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT DISTINCT locked_by AS id FROM graphile_worker._private_jobs
       WHERE locked_at < now() - make_interval(secs => $1)`,
      [SENDING_SECONDS],
    );
    const missing = await this.locks.free(
      'mail',
      rows.map(({ id }) => id),
    );
    const dead = missing.filter((id) => before.has(id));
    if (dead.length > 0) await unlockWorkers(this.pool, dead);
    this.missing = new Set(missing);
  }
}

/** Makes the mails of these workers available for another attempt immediately. `ids`: as in `locked_by`. */
export async function unlockWorkers(pool: Pick<Pool, 'query'>, ids: readonly string[]): Promise<void> {
  await pool.query('SELECT graphile_worker.force_unlock_workers($1::text[])', [ids]);
}
