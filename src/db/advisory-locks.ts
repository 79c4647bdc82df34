// Work that one gateway does at a time: advisory locks of Postgres. All locks of a process hang on one connection of their
// own, so that a lock never holds a connection that the work needs. They end with the connection of a process that dies.
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { openPool } from './postgres.js';

/** What is locked; the other half of a lock's number is made of an id. */
const LOCKS = { erasure: 0x65726173, export: 0x65787072, callback: 0x63616c6c, mail: 0x6d61696c } as const;

type LockName = keyof typeof LOCKS;

const QUERY_MS = 10_000;
const RETAKE_MS = 1000;

/** AdvisoryLocks of two numbers in this database; a query adds which numbers. */
const GRANTED = `SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Else Postgres would keep the locks of a machine that has lost its power for hours. */
const KEEPALIVE = `SELECT set_config(name, value, false)
  FROM (VALUES ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'))
    AS settings (name, value)`;

export class AdvisoryLocks {
  /** The connection gets a lock that it has a second time, so what is taken in this process is remembered here. */
  private readonly taken = new Set<string>();

  /** AdvisoryLocks that are held until they are let go, by their ids. */
  private readonly held = new Map<string, LockName>();
  private keeping = false;
  /** Connections that were lost so far, and locks that were asked for. */
  private changes = 0;

  /** `pool`: of one connection, on which all locks hang. */
  constructor(readonly pool: Pool) {
    pool.on('remove', () => this.keep());
  }

  /**
   * Does the work and returns true, or false when somebody else is doing it. What the work goes by must be read under the
   * lock: whatever was read before may have changed. When the connection is lost the lock is lost, too; each step of the
   * work must bear being done by two.
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
   * Holds a lock from now on, as a sign that this process lives. It is taken as soon as Postgres can be reached, and taken
   * again at once when the connection is lost. `id`: a name that nobody else holds.
   */
  hold(what: LockName, id: string): void {
    this.held.set(id, what);
    this.keep();
  }

  async letGo(what: LockName, id: string): Promise<void> {
    this.held.delete(id);
    await this.release(what, id);
  }

  /** Those of the ids whose locks nobody holds at this moment. */
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

  /** Once for each connection, however often it is called: each time that a lock is taken it must be released. */
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
    // An idle connection stays: it may hold locks.
    idleTimeoutMillis: 0,
    query_timeout: QUERY_MS,
    onConnect: (client) => client.query(KEEPALIVE),
  });
  return new AdvisoryLocks(pool);
}
