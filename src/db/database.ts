// The one face to Postgres of the gateway: each way to use it has its own connections, made here with their sizes. A capability
// is given the ways that it needs, and no URL.
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { Logger } from '../runtime/log.js';
import { type AdvisoryLocks, openAdvisoryLocks } from './advisory-locks.js';
import { openBulkPool } from './bulk-pool.js';
import { connectPostgres } from './connect.js';
import { poolOf } from './database-statements.js';
import { type Listener, type ListenObserver, listen } from './listener.js';
import { openQueuePool } from './queue-pool.js';
import { openStatements, type Statements } from './statements.js';
import { PostgresUpkeep, type RewriteClaims } from './upkeep.js';

/**
 * Postgres answers the statements of one connection one after the other. Few connections for reads mean fewer packets, and reads
 * do not wait for locks. Writes wait for the disk, which Postgres asks once for all that commit at the same time.
 *
 * A gateway has up to 36 connections: 10 for entities (ormconfig.ts), these 19, 4 for bulk work (bulk-pool.ts), and one each for
 * locks, for LISTEN and for upkeep.
 */
const READ_CONNECTIONS = 3;
const WRITE_CONNECTIONS = 10;
/** The mail queue: four mails at the same time, one connection that listens, and one to complete a mail while all are busy. */
const QUEUE_CONNECTIONS = 6;
/** No statement of the queue takes so long. */
const QUEUE_ANSWER_MS = 15_000;

/** Pools by their names in metrics. */
export type PoolName = 'api' | 'usage' | 'locks' | 'mail-queue';

export interface Database {
  /** Entities, and transactions of requests and jobs. */
  readonly orm: DataSource;
  /** Prepared statements that read, and that stand alone. */
  readonly reads: Statements;
  /** Prepared statements that write, and that stand alone. They may wait for a row, and no read waits behind them. */
  readonly writes: Statements;
  /** COPY and other work without the API's limits of time. */
  readonly bulk: Pool;
  /** Work that one gateway does at a time. */
  readonly locks: AdvisoryLocks;
  /** The connections of the mail queue. */
  readonly queue: Pool;
  /** Resolves when the connection listens on the channel. Stop it before the database is closed. */
  listen(channel: string, observer: ListenObserver): Promise<Listener>;
  /** What keeps deleted rows off the disk; each run has its own connection. */
  upkeep(claims: RewriteClaims): PostgresUpkeep;
  readonly pools: Readonly<Record<PoolName, Pool>>;
}

/**
 * Connected and migrated. All connections but the first are made when they are needed, and again after they were lost. `cleanup`
 * closes each way, even if another one fails to close. Rejects as `connectPostgres`.
 */
export async function openDatabase(
  url: string,
  log: Logger,
  cleanup: AsyncDisposableStack,
): Promise<Database> {
  const closed = <Way extends { end(): Promise<void> }>(way: Way): Way => {
    cleanup.defer(() => way.end());
    return way;
  };
  const orm = await connectPostgres(url, log);
  cleanup.defer(() => orm.destroy());
  const reads = closed(openStatements(url, READ_CONNECTIONS));
  const writes = closed(openStatements(url, WRITE_CONNECTIONS));
  const bulk = closed(openBulkPool(url));
  const locks = closed(openAdvisoryLocks(url));
  const queue = closed(openQueuePool(url, QUEUE_CONNECTIONS, { query_timeout: QUEUE_ANSWER_MS }));
  return {
    orm,
    reads,
    writes,
    bulk,
    locks,
    queue,
    listen: (channel, observer) => listen(url, channel, observer),
    upkeep: (claims) => new PostgresUpkeep(url, Date.now, claims),
    pools: { api: poolOf(orm), usage: bulk, locks: locks.pool, 'mail-queue': queue },
  };
}
