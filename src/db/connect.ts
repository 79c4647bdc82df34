// Connects to Postgres: once for the command line and `npm start`, and with a few tries for the gateway.
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import type { Logger } from '../runtime/log.js';
import { retryStore } from '../runtime/retry-store.js';
import { toStoreError } from '../runtime/store-error.js';
import { migrate, migrationState } from './migrate.js';
import { refuseSharedSessions } from './pooler.js';
import { createPostgres, refuseReadOnly } from './postgres.js';

const ANSWER_MS = 30_000;

/** A connected client. Rejects with StoreError. */
export async function openPostgres(url: string): Promise<Client> {
  const client = createPostgres({ connectionString: url, query_timeout: ANSWER_MS });
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw toStoreError('DATABASE_URL', error);
  }
}

/** Connected and migrated. Rejects with StoreError, PoolerError or MigrationError. */
export async function connectPostgres(url: string, log: Logger): Promise<DataSource> {
  await retryStore(() => tryPostgres(url));
  await refuseSharedSessions(() => openPostgres(url));
  const database = createDataSource(url);
  try {
    await database.initialize();
    const count = await migrate(database, {
      onWaiting: (pending) => log.warn('migrations.waiting', { part: 'postgres', count: pending }),
    });
    const { unknown } = await migrationState(database);
    // A newer version has run here. It leaves in place what this one needs (CONTRIBUTING, migrations).
    if (unknown > 0) log.warn('migrations.newer', { part: 'postgres', count: unknown });
    log.info('migrations.applied', { part: 'postgres', count });
    return database;
  } catch (error) {
    if (database.isInitialized) await database.destroy();
    throw error;
  }
}

/** Rejects with StoreError. */
async function tryPostgres(url: string): Promise<void> {
  const client = await openPostgres(url);
  try {
    await refuseReadOnly(client);
  } catch (error) {
    throw toStoreError('DATABASE_URL', error);
  } finally {
    await client.end();
  }
}
