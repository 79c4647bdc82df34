// Where all connections to Postgres are made (decision 0056). A connection whose server is gone, does not answer, or takes no
// writes any more is closed within seconds, and pools then connect again by the URL's name.
import type { EventEmitter } from 'node:events';
import { Client, type ClientConfig, Pool, type PoolConfig } from 'pg';
import { endWhenPeerIsSilent } from './peer-timeout.js';

/** For the way to Postgres, with TLS and the password. */
const CONNECT_MS = 3000;

/** A pool lets a query wait so long for a connection. */
const POOL_MS = 5000;

/** SQLSTATE read_only_sql_transaction: the server is a standby, or was made read-only before a switchover. */
const READ_ONLY = '25006';
/** A connection that is younger leads to where the name leads now. */
const YOUNG_MS = 1000;

/**
 * The forms of values that this program reads and writes, whatever the role, the database or the server has set.
 * PgBouncer takes these, too; IntervalStyle from its version 1.20 on.
 */
const FORMS = { DateStyle: 'ISO, MDY', IntervalStyle: 'postgres', TimeZone: 'UTC' } as const;

/** What pg has beyond its types. */
type StartupConf = (this: Client) => Record<string, string>;
const startupConf = (Client.prototype as unknown as { getStartupConf: StartupConf }).getStartupConf;

class PostgresClient extends Client {
  constructor(config: ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_MS });
    const { connection } = this;
    // Of TLS it is the socket below.
    const { stream } = connection;
    stream.once('connect', () => endWhenPeerIsSilent(stream));
    let connectedAt = 0;
    this.once('connect', () => {
      connectedAt = performance.now();
    });
    (connection as EventEmitter).on('errorMessage', ({ code }: { readonly code?: string }) => {
      if (code !== READ_ONLY || performance.now() - connectedAt < YOUNG_MS) return;
      // After the query has got its error.
      setImmediate(() => this.abandon());
    });
  }

  /** pg calls it for the startup message (PostgreSQL 54.7), which overrides what ALTER ROLE has set. */
  getStartupConf(): Record<string, string> {
    return { ...startupConf.call(this), ...FORMS };
  }

  /** As pg's. A connection that has not answered within `query_timeout` is closed, rather than lent to the next query. */
  // biome-ignore lint/suspicious/noExplicitAny: it stands for all forms of pg's own
  override query(...args: any[]): any {
    const result: unknown = super.query(...(args as [string]));
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Query read timeout') this.abandon();
      });
    }
    return result;
  }

  /** Closes it now, with whatever is under way. */
  abandon(): void {
    this.connection.stream.destroy();
  }
}

/** For a pool that another library makes. */
export const POOLED = { Client: PostgresClient as unknown as NonNullable<PoolConfig['Client']> };

/** Not connected yet. Its loss is an event for listeners; the next query rejects. */
export function createPostgres(config: ClientConfig): Client {
  const client = new PostgresClient(config);
  client.on('error', () => {});
  return client;
}

/** Close it with `end`. The next query shows whether the database is away, so the loss of a connection says nothing. */
export function openPool(config: PoolConfig): Pool {
  const pool = new Pool({ connectionTimeoutMillis: POOL_MS, ...config, ...POOLED });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Postgres takes no writes here: it is a standby, or was made read-only. `code`: the SQLSTATE of a write there. */
class ReadOnlyPostgres extends Error {
  override readonly name = 'ReadOnlyPostgres';
  readonly code = READ_ONLY;
  constructor() {
    super('this Postgres is read-only');
  }
}

/** Rejects with an error of the code 25006 when the server takes no writes, or with pg's errors. */
export async function refuseReadOnly(database: {
  query(statement: string): Promise<unknown>;
}): Promise<void> {
  const answer = await database.query("SELECT current_setting('transaction_read_only') AS setting");
  const rows = (Array.isArray(answer) ? answer : (answer as { rows: unknown[] }).rows) as {
    setting: string;
  }[];
  if (rows[0]?.setting === 'on') throw new ReadOnlyPostgres();
}
