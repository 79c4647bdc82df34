// Gives mails back to the queue whose gateway died while it sent them. The library knows no worker that is dead, and would
// leave them for four hours. Here each worker that has mails holds a lock of its name (decision 0044).
import type { Pool } from 'pg';
import type { AdvisoryLocks } from '../db/advisory-locks.js';

/** Longer than sending a mail takes, as a rule. */
const SENDING_SECONDS = 60;

export class AbandonedMails {
  /** Workers whose lock nobody held at the look before. */
  private missing: ReadonlySet<string> = new Set();

  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    private readonly locks: Pick<AdvisoryLocks, 'free'>,
  ) {}

  /**
   * A worker that is missing twice in a row is dead. One that has lost the connection of its lock takes the lock again
   * between two looks. A look that fails does not count.
   */
  async giveBack(): Promise<void> {
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

/** Another try is made of the mails that these workers were sending, at once. `ids`: as in `locked_by`. */
export async function unlockWorkers(pool: Pick<Pool, 'query'>, ids: readonly string[]): Promise<void> {
  await pool.query('SELECT graphile_worker.force_unlock_workers($1::text[])', [ids]);
}
