// Work that only one gateway does at a time: advisory locks of Postgres. All locks of a process share one separate connection, so
// that a lock never holds a connection that the work needs. When a process dies its connection ends, and its locks with it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { openPool } from './postgres.js';

/** The first half of a lock's number names the kind of work; the second half is a hash of an id. */
const LOCKS = { erasure: 0x65726173, export: 0x65787072, callback: 0x63616c6c, mail: 0x6d61696c } as const;

type LockName = keyof typeof LOCKS;

const QUERY_MS = 10_000;
const RETAKE_MS = 1000;

/** Locks of two numbers in this database; a query adds the numbers. */
const GRANTED = `SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Without keep-alive Postgres would keep the locks of a machine that lost its power for hours. */
const KEEPALIVE = `SELECT set_config(name, value, false)
  FROM (VALUES ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'))
    AS settings (name, value)`;

export class AdvisoryLocks {
  /** Locks that are taken in this process. Postgres would grant a connection a lock that it has a second time. */
  private readonly taken = new Set<string>();

  /** Locks that are held until `letGo`, by their ids. */
  private readonly held = new Map<string, LockName>();
  private keeping = false;
  /** Counts lost connections and requested locks. */
  private changes = 0;

  /** `pool`: a pool of one connection, which has all locks. */
  constructor(readonly pool: Pool) {
    pool.on('remove', () => this.keep());
  }

  /**
   * Does the work and returns true, or returns false when somebody else is doing it. Read the state that the work depends on
   * under the lock: what was read before may have changed. The lock is lost with the connection, so each step of the work must
   * be safe when two processes do it.
   */
  async withAdvisoryLock(what: LockName, id: string, work: () => Promise<void>): Promise<boolean> {
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

  /**
   * Holds a lock from now on, as a sign that this process is alive. It is taken as soon as Postgres can be reached, and taken
   * again at once after a lost connection. `id`: a name that nobody else uses.
   */
  hold(what: LockName, id: string): void {
    this.held.set(id, what);
    this.keep();
  }

  async letGo(what: LockName, id: string): Promise<void> {
    this.held.delete(id);
    await this.release(what, id);
  }

  /** Returns those of the ids whose locks nobody holds now. */
  async free(what: LockName, ids: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM unnest($2::text[]) AS id
       WHERE NOT EXISTS (${GRANTED} AND classid = $1::integer::oid AND objid = hashtext(id)::oid)`,
      [LOCKS[what], ids],
    );
    return rows.map(({ id }) => id);
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  /** A query that fails closes its connection, and the lock goes with it. */
  private async release(what: LockName, id: string): Promise<void> {
    await this.pool
      .query('SELECT pg_advisory_unlock($1::integer, hashtext($2))', [LOCKS[what], id])
      .catch(() => {});
  }

  private keep(): void {
    this.changes += 1;
    if (!this.keeping) void this.takeHeld();
  }

  private async takeHeld(): Promise<void> {
    this.keeping = true;
    for (let taken = 0; taken < this.changes && !this.pool.ending; ) {
      const { changes } = this;
      try {
        for (const [id, what] of this.held) await this.take(what, id);
        taken = changes;
      } catch {
        await delay(RETAKE_MS, undefined, { ref: false });
      }
    }
    this.keeping = false;
  }

  /** Takes the lock once for each connection: Postgres counts how often it was taken, and wants as many releases. */
  private async take(what: LockName, id: string): Promise<void> {
    await this.pool.query(
      `SELECT pg_try_advisory_lock($1::integer, hashtext($2)) WHERE NOT EXISTS (
         ${GRANTED} AND pid = pg_backend_pid() AND classid = $1::integer::oid AND objid = hashtext($2)::oid
       )`,
      [LOCKS[what], id],
    );
  }
}

/** Close them with `end`. */
export function openAdvisoryLocks(databaseUrl: string): AdvisoryLocks {
  const pool = openPool({
    connectionString: databaseUrl,
    application_name: 'cyberspacevpn-gateway',
    max: 1,
    // An idle connection stays open: it may hold locks.
    idleTimeoutMillis: 0,
    query_timeout: QUERY_MS,
    onConnect: (client) => client.query(KEEPALIVE),
  });
  return new AdvisoryLocks(pool);
}
