// Brings the database's schema up to date, once, however many processes start at the same time.
import type { DataSource } from 'typeorm';

/** Any number that nothing else in the database locks: the letters "cyvp". */
const MIGRATION_LOCK = 0x63797670;

/** Applies what is pending in one transaction; returns how many migrations that were. The DataSource is connected. */
export async function migrate(database: DataSource): Promise<number> {
  // The lock belongs to a connection of its own, which TypeORM's migrations do not use.
  const lock = database.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await database.runMigrations({ transaction: 'all' });
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    return applied.length;
  } finally {
    await lock.release();
  }
}
