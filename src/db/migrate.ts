// Brings the schema of the database up to date, once, however many processes start at the same time, and without blocking those
// that serve: while a statement waits for a table, all later statements wait behind it (decision 0061).
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

/** How long others may wait behind a migration that waits for a table, at each try. */
const LOCK_MS = 500;
/** Between two tries others can use the tables: four times as long. */
const PAUSE_MS = 2000;
/** Then the start fails, and the service manager starts the process again. */
const PATIENCE_MS = 60_000;

/** SQLSTATE lock_not_available: somebody else uses the table. */
const LOCKED = '55P03';
/** SQLSTATE undefined_table. */
const NO_TABLE = '42P01';

export interface MigrateOptions {
  /** How long to wait for a table that somebody else uses; a minute when absent. */
  readonly patienceMs?: number;
  /** Called after each try that found a table in use, with the number of migrations that wait. */
  readonly onWaiting?: (pending: number) => void;
}

/** Migrations were blocked by a transaction of somebody else. */
class MigrationError extends OperatorError {}

/**
 * Applies the pending migrations of the product, each in its own transaction, and those of the mail queue. Returns the number of
 * the product's. The DataSource is connected. Rejects with MigrationError when a table stays in use.
 */
export async function migrate(database: DataSource, options: MigrateOptions = {}): Promise<number> {
  const { url } = database.options as PostgresDataSourceOptions;
  const source = await createDataSource(url!, 2, { lockMs: LOCK_MS }).initialize();
  // The lock has its own connection, which the migrations of TypeORM do not use.
  const lock = source.createQueryRunner();
  try {
    return await migrateUnderLock(source, lock, options);
  } finally {
    await lock.release();
    await source.destroy();
  }
}

/** The names of the migrations that `migrate` would apply, in order, and the number of applied ones that this version does not know. */
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

async function migrateUnderLock(
  source: DataSource,
  lock: QueryRunner,
  options: MigrateOptions,
): Promise<number> {
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
    if (performance.now() - begun >= patienceMs) throw await blockedBy(lock, pending.length);
    onWaiting(pending.length);
    await delay(PAUSE_MS);
  }
}

/** Only gateways that start wait for this lock. It ends with its connection. */
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
  // Not in the startup message, of which PgBouncer accepts three settings. An error here comes again in the migrations.
  pgPool.on('connect', (client) => client.query(`SET lock_timeout = ${LOCK_MS}`).catch(() => {}));
  try {
    await runMigrations({ pgPool, logger: SILENT });
  } finally {
    await pgPool.end();
  }
}

/** The oldest other transaction that uses a table. It reads the name of the program, and no text of a statement. */
const BLOCKER = `
  SELECT pid, application_name AS program FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND xact_start < clock_timestamp() - make_interval(secs => $1)
    AND EXISTS (
      SELECT FROM pg_locks WHERE pg_locks.pid = pg_stat_activity.pid AND locktype = 'relation' AND granted
    )
  ORDER BY xact_start LIMIT 1`;

async function blockedBy(lock: QueryRunner, pending: number): Promise<MigrationError> {
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
