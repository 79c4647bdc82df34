// Brings the database's schema up to date, once, however many processes start at the same time.
import { runMigrations } from 'graphile-worker';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { openQueuePool, SILENT } from '../mail/queue-pool.js';
import { keepNoSamples } from './column-samples.js';

/** Any number that nothing else in the database locks: the letters "cyvp". */
const MIGRATION_LOCK = 0x63797670;

/**
 * Applies what is pending of ours in one transaction, and the mail queue's own; returns how many of ours that were. The
 * DataSource is connected.
 */
export async function migrate(database: DataSource): Promise<number> {
  // The lock belongs to a connection of its own, which TypeORM's migrations do not use.
  const lock = database.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await database.runMigrations({ transaction: 'all' });
    await keepNoSamples(lock);
    await migrateQueue((database.options as PostgresDataSourceOptions).url!);
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    return applied.length;
  } finally {
    await lock.release();
  }
}

async function migrateQueue(databaseUrl: string): Promise<void> {
  const pgPool = openQueuePool(databaseUrl, 1);
  try {
    await runMigrations({ pgPool, logger: SILENT });
  } finally {
    await pgPool.end();
  }
}
