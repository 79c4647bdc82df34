// A pooler in front of Postgres must give each connection its own session: prepared statements, LISTEN, locks and session
// settings belong to a connection here.
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { OperatorError } from '../lib/operator-error.js';

class PoolerError extends OperatorError {
  constructor() {
    super(
      'DATABASE_URL: the pooler before this Postgres shares sessions between connections; ' +
        'set pool_mode = session (PgBouncer), or connect without it',
    );
  }
}

const OWN = "SELECT current_setting('cyberspacevpn.connection', true) AS connection";

/**
 * Rejects with PoolerError when a setting of one connection is seen by another one, or is lost. `open` makes a connection; its
 * errors are passed on.
 */
export async function refuseSharedSessions(open: () => Promise<Client>): Promise<void> {
  const one = await open();
  const other = await open().catch(async (error: unknown) => {
    await one.end();
    throw error;
  });
  try {
    const id = randomUUID();
    await one.query(`SET cyberspacevpn.connection = '${id}'`);
    // Holds a session until it ends. A pooler that shares sessions gives it the one that was used last.
    await other.query('BEGIN');
    const seen = await other.query<{ connection: string | null }>(OWN);
    const kept = await one.query<{ connection: string | null }>(OWN);
    if (seen.rows[0]?.connection === id || kept.rows[0]?.connection !== id) throw new PoolerError();
  } finally {
    await Promise.all([one.end(), other.end()]);
  }
}
