// A pooler between us and Postgres must give each connection a session of its own: prepared statements, LISTEN, locks and
// settings of a session belong to a connection here.
import { randomUUID } from 'node:crypto';
import { OperatorError } from '../lib/operator-error.js';
import { openPostgres } from '../runtime/stores.js';

class PoolerError extends OperatorError {
  constructor() {
    super(
      'DATABASE_URL: the pooler before this Postgres shares sessions between connections; ' +
        'set pool_mode = session (PgBouncer), or connect without it',
    );
  }
}

const OWN = "SELECT current_setting('cyberspacevpn.connection', true) AS connection";

/** Rejects with PoolerError when what one connection has set is another one's, or lost; with StoreError as `openPostgres`. */
export async function refuseSharedSessions(url: string): Promise<void> {
  const one = await openPostgres(url);
  const other = await openPostgres(url).catch(async (error: unknown) => {
    await one.end();
    throw error;
  });
  try {
    const id = randomUUID();
    await one.query(`SET cyberspacevpn.connection = '${id}'`);
    // Holds a session for as long as it lasts: the one that was used last, where sessions are shared.
    await other.query('BEGIN');
    const seen = await other.query<{ connection: string | null }>(OWN);
    const kept = await one.query<{ connection: string | null }>(OWN);
    if (seen.rows[0]?.connection === id || kept.rows[0]?.connection !== id) throw new PoolerError();
  } finally {
    await Promise.all([one.end(), other.end()]);
  }
}
