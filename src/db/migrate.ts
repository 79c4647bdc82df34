// Brings the database's schema up to date, once, however many processes start at the same time, and without holding up those
// that serve: a statement that waits for a table makes all later ones wait behind it (decision 0061).
import { setTimeout as delay } from 'node:timers/promises';
import { runMigrations } from 'graphile-worker';
import type { DataSource, QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { createDataSource } from '../../ormconfig.js';
import { OperatorError } from '../lib/operator-error.js';
import { keepNoSamples } from './column-samples.js';
import { openQueuePool, SILENT } from './queue-pool.js';

/** Any number that nothing else in the database locks: the letters "cyvp". */
const MIGRATION_LOCK = 0x63797670;

/** So long may everybody else wait behind a migration that waits for a table, at each try. */
const LOCK_MS = 500;
/** Between two tries everybody else has the tables: four times as long. */
const PAUSE_MS = 2000;
/** Then the start fails; the service manager makes another one. */
const PATIENCE_MS = 60_000;

/** SQLSTATE lock_not_available: somebody else has the table. */
const LOCKED = '55P03';
/** SQLSTATE undefined_table. */
const NO_TABLE = '42P01';

export interface MigrateOptions {
  /** How long a table that somebody else has is waited for; a minute when absent. */
  readonly patienceMs?: number;
  /** Hears of each try that found a table taken, and how many migrations wait. */
  readonly onWaiting?: (pending: number) => void;
}

/** Migrations wait for a transaction of somebody else. */
class MigrationError extends OperatorError {}

/**
 * Applies what is pending of ours, each in a transaction of its own, and the mail queue's own; returns how many of ours that were.
 * The DataSource is connected. Rejects with MigrationError when a table is not to be had.
 */
export async function migrate(database: DataSource, options: MigrateOptions = {}): Promise<number> {
  const { url } = database.options as PostgresDataSourceOptions;
  const source = await createDataSource(url!, 2, { lockMs: LOCK_MS }).initialize();
  // The lock belongs to a connection of its own, which TypeORM's migrations do not use.
  const lock = source.createQueryRunner();
  try {
    return await migrateAlone(source, lock, options);
  } finally {
    await lock.release();
    await source.destroy();
  }
}

/** Names of the migrations that `migrate` would apply, in their order; of those that this version does not know, how many there are. */
export async function migrationState(
  database: DataSource,
): Promise<{ readonly pending: readonly string[]; readonly unknown: number }> {
  const applied = await database.query<{ name: string }[]>('SELECT name FROM migrations').catch((error) => {
    if (codeOf(error) === NO_TABLE) return [];
    throw error;
  });
  const names = new Set(applied.map(({ name }) => name));
  const known = database.migrations
    .map((migration) => migration.name ?? migration.constructor.name)
    .sort((one, other) => timestampOf(one) - timestampOf(other));
  return {
    pending: known.filter((name) => !names.has(name)),
    unknown: [...names].filter((name) => !known.includes(name)).length,
  };
}

async function migrateAlone(source: DataSource, lock: QueryRunner, options: MigrateOptions): Promise<number> {
  const { patienceMs = PATIENCE_MS, onWaiting = () => {} } = options;
  const begun = performance.now();
  let applied = 0;
  for (;;) {
    await waitForOthers(lock, patienceMs);
    const before = (await migrationState(source)).pending.length;
    try {
      await source.runMigrations({ transaction: 'each' });
      await keepNoSamples(lock);
      await migrateQueue(source);
      return applied + before;
    } catch (error) {
      if (codeOf(error) !== LOCKED) throw error;
    }
    const { pending } = await migrationState(source);
    applied += before - pending.length;
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    if (performance.now() - begun >= patienceMs) throw await faultOf(lock, pending.length);
    onWaiting(pending.length);
    await delay(PAUSE_MS);
  }
}

/** Nobody waits behind this lock but gateways that start. It ends with its connection, too. */
async function waitForOthers(lock: QueryRunner, patienceMs: number): Promise<void> {
  await lock.query(`SET lock_timeout = ${patienceMs}`);
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (error) {
    if (codeOf(error) !== LOCKED) throw error;
    throw new MigrationError(
      'DATABASE_URL: another gateway is still applying migrations; start again when it has ended',
    );
  }
  await lock.query(`SET lock_timeout = ${LOCK_MS}`);
}

async function migrateQueue(source: DataSource): Promise<void> {
  const { url } = source.options as PostgresDataSourceOptions;
  const pgPool = openQueuePool(url!, 1);
  // Not in the startup message, of which PgBouncer takes three settings. What fails here fails again in the migrations.
  pgPool.on('connect', (client) => client.query(`SET lock_timeout = ${LOCK_MS}`).catch(() => {}));
  try {
    await runMigrations({ pgPool, logger: SILENT });
  } finally {
    await pgPool.end();
  }
}

/** The oldest transaction of others that has a table; a program's name is its own, and no text of a statement is read. */
const BLOCKER = `
  SELECT pid, application_name AS program FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND xact_start < clock_timestamp() - make_interval(secs => $1)
    AND EXISTS (
      SELECT FROM pg_locks WHERE pg_locks.pid = pg_stat_activity.pid AND locktype = 'relation' AND granted
    )
  ORDER BY xact_start LIMIT 1`;

async function faultOf(lock: QueryRunner, pending: number): Promise<MigrationError> {
  const [blocker]: { pid: number; program: string }[] = await lock.query(BLOCKER, [LOCK_MS / 1000]);
  const name = /^[\w .-]{1,60}$/.test(blocker?.program ?? '') ? ` of ${blocker!.program}` : '';
  const who =
    blocker === undefined ? 'another transaction' : `an open transaction${name} (pid ${blocker.pid})`;
  return new MigrationError(
    `DATABASE_URL: ${pending} migrations could not be applied, because ${who} has a table; wait for its end, or end it, and start again`,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function timestampOf(name: string): number {
  return Number(name.slice(-13));
}
