// All connections to Postgres are made here (decision 0056). A connection whose server is gone, does not answer, or no longer takes
// writes is closed within seconds. Pools then connect again by the name in the URL.
import type { EventEmitter } from 'node:events';
import { Client, type ClientConfig, Pool, type PoolConfig } from 'pg';
import { endWhenPeerIsSilent } from './peer-timeout.js';

/** For connecting, with TLS and the password. */
const CONNECT_MS = 3000;

/** How long a query waits for a connection of a pool. */
const POOL_MS = 5000;

/** SQLSTATE read_only_sql_transaction: the server is a standby, or was made read-only before a switchover. */
const READ_ONLY = '25006';
/** A connection that is younger than this has reached the server to which the name leads now. */
const YOUNG_MS = 1000;

/**
 * The formats of values that this program reads and writes, whatever the role, the database or the server has set.
 * PgBouncer accepts these, too; IntervalStyle since its version 1.20.
 */
const FORMS = { DateStyle: 'ISO, MDY', IntervalStyle: 'postgres', TimeZone: 'UTC' } as const;

/** A method of pg that its types do not have. */
type StartupConf = (this: Client) => Record<string, string>;
const startupConf = (Client.prototype as unknown as { getStartupConf: StartupConf }).getStartupConf;

class PostgresClient extends Client {
  constructor(config: ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_MS });
    const { connection } = this;
    // With TLS this is the socket below it.
    const { stream } = connection;
    stream.once('connect', () => endWhenPeerIsSilent(stream));
    let connectedAt = 0;
    this.once('connect', () => {
      connectedAt = performance.now();
    });
    (connection as EventEmitter).on('errorMessage', ({ code }: { readonly code?: string }) => {
      if (code !== READ_ONLY || performance.now() - connectedAt < YOUNG_MS) return;
      // After the query has received its error.
      setImmediate(() => this.abandon());
    });
  }

  /** pg calls it for the startup message (PostgreSQL manual, 54.7), which overrides what ALTER ROLE has set. */
  getStartupConf(): Record<string, string> {
    return { ...startupConf.call(this), ...FORMS };
  }

  /** As in pg. A connection that has not answered within `query_timeout` is closed; pg would give it to the next query. */
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

  /** Closes the connection now, with all its unanswered queries. */
  abandon(): void {
    this.connection.stream.destroy();
  }
}

/** Options for a pool that another library makes. */
export const POOLED = { Client: PostgresClient as unknown as NonNullable<PoolConfig['Client']> };

/** Not connected yet. A lost connection emits an event, and the next query rejects. */
export function createPostgres(config: ClientConfig): Client {
  const client = new PostgresClient(config);
  client.on('error', () => {});
  return client;
}

/** Close it with `end`. Lost connections are not reported: the next query shows whether the database is away. */
export function openPool(config: PoolConfig): Pool {
  const pool = new Pool({ connectionTimeoutMillis: POOL_MS, ...config, ...POOLED });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** This Postgres takes no writes: it is a standby, or was made read-only. `code`: the SQLSTATE of a write to it. */
class ReadOnlyPostgres extends Error {
  override readonly name = 'ReadOnlyPostgres';
  readonly code = READ_ONLY;
  constructor() {
    super('this Postgres is read-only');
  }
}

/** Rejects with an error with the code 25006 when the server takes no writes, or with errors of pg. */
export async function refuseReadOnly(database: {
  query(statement: string): Promise<unknown>;
}): Promise<void> {
  const answer = await database.query("SELECT current_setting('transaction_read_only') AS setting");
  const rows = (Array.isArray(answer) ? answer : (answer as { rows: unknown[] }).rows) as {
    setting: string;
  }[];
  if (rows[0]?.setting === 'on') throw new ReadOnlyPostgres();
}
