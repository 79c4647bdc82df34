// Work that one gateway does at a time: advisory locks of Postgres. All locks of a process hang on one connection of their
// own, so that a lock never holds a connection that the work needs. They end with the connection of a process that dies.
import type { Pool } from 'pg';
import { openPool } from '../operations/pool.js';

/** What is locked; the other half of a lock's number is made of an id. */
const LOCKS = { erasure: 0x65726173, export: 0x65787072, callback: 0x63616c6c } as const;

const QUERY_MS = 10_000;

export class Locks {
  /** The connection gets a lock that it has a second time, so what is taken in this process is remembered here. */
  private readonly taken = new Set<string>();

  constructor(private readonly pool: Pool) {}

  /**
   * Does the work and returns true, or false when somebody else is doing it. What the work goes by must be read under the
   * lock: whatever was read before may have changed. When the connection is lost the lock is lost, too; each step of the
   * work must bear being done by two.
   */
  async alone(what: keyof typeof LOCKS, id: string, work: () => Promise<void>): Promise<boolean> {
    const name = `${what} ${id}`;
    if (this.taken.has(name)) return false;
    this.taken.add(name);
    try {
      const { rows } = await this.pool.query<{ free: boolean }>(
        'SELECT pg_try_advisory_lock($1::integer, hashtext($2)) AS free',
        [LOCKS[what], id],
      );
      if (rows[0]?.free !== true) return false;
      try {
        await work();
      } finally {
        await this.release(what, id);
      }
      return true;
    } finally {
      this.taken.delete(name);
    }
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  /** A query that fails closes its connection, and the lock goes with it. */
  private async release(what: keyof typeof LOCKS, id: string): Promise<void> {
    await this.pool
      .query('SELECT pg_advisory_unlock($1::integer, hashtext($2))', [LOCKS[what], id])
      .catch(() => {});
  }
}

/** Close them with `end`. */
export function openLocks(databaseUrl: string): Locks {
  const pool = openPool({
    connectionString: databaseUrl,
    application_name: 'cyberspacevpn-gateway',
    max: 1,
    // An idle connection stays: it may hold locks.
    idleTimeoutMillis: 0,
    keepAlive: true,
    query_timeout: QUERY_MS,
  });
  return new Locks(pool);
}
