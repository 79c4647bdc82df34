// Connects the gateway to Postgres and Redis: a few tries at start, and by itself ever after.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { createDataSource } from '../../ormconfig.js';
import { migrate, migrationState } from '../db/migrate.js';
import { refuseSharedSessions } from '../db/pooler.js';
import { refuseReadOnly } from '../db/postgres.js';
import { PersistenceError, persistenceProblems } from '../redis/persistence.js';
import { createRedis } from '../redis/redis.js';
import type { Dependency } from '../runtime/dependency.js';
import type { Logger } from '../runtime/log.js';
import { type RedisSetting, StoreError, toStoreError } from '../runtime/store-error.js';
import { openPostgres, openRedis } from '../runtime/stores.js';

const TRIES = 5;
const BETWEEN_TRIES_MS = 500;
const COMMAND_MS = 5000;
/** After a failover the name leads elsewhere at any moment. */
const MAX_RECONNECT_MS = 500;

/** Connected and migrated. Rejects with StoreError when Postgres cannot be used. */
export async function connectPostgres(url: string, log: Logger): Promise<DataSource> {
  await retrying(() => tryPostgres(url));
  await refuseSharedSessions(url);
  const database = createDataSource(url);
  try {
    await database.initialize();
    const count = await migrate(database, {
      onWaiting: (pending) => log.warn('migrations.waiting', { part: 'postgres', count: pending }),
    });
    const { unknown } = await migrationState(database);
    // A newer version has been here: it leaves what this one needs (CONTRIBUTING, migrations).
    if (unknown > 0) log.warn('migrations.newer', { part: 'postgres', count: unknown });
    log.info('migrations.applied', { part: 'postgres', count });
    return database;
  } catch (error) {
    if (database.isInitialized) await database.destroy();
    throw error;
  }
}

/**
 * Connected to a primary; reconnects for ever, each time by the URL's name. While it is away commands fail at once, rather
 * than wait in a queue that would outlive the request. Rejects with StoreError when Redis cannot be used.
 */
export async function connectRedis(
  url: string,
  dependency: Dependency,
  setting: RedisSetting = 'REDIS_URL',
): Promise<Redis> {
  await retrying(async () => (await openRedis(url, setting)).disconnect());
  const redis = createRedis(url, {
    use: 'writes',
    lazyConnect: true,
    enableOfflineQueue: false,
    // What is asked while an answer is under way goes out together after it.
    enableAutoPipelining: true,
    // Sessions are gathered already (services/session.ts).
    autoPipeliningIgnoredCommands: ['mget'],
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: MAX_RECONNECT_MS,
    commandTimeout: COMMAND_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_MS),
  });
  let cause: unknown;
  redis.on('error', (error) => {
    cause = error;
  });
  // Not on 'close', which comes of an intended disconnect, too.
  redis.on('reconnecting', () => dependency.lost(cause));
  redis.on('ready', () => {
    dependency.back();
    cause = undefined;
  });
  await redis.connect();
  return redis;
}

/**
 * As `connectRedis`, to the one without a disk. Rejects with PersistenceError when it has one, or when it makes room by
 * forgetting.
 */
export async function connectEphemeralRedis(url: string, dependency: Dependency): Promise<Redis> {
  const redis = await connectRedis(url, dependency, 'REDIS_EPHEMERAL_URL');
  try {
    const faults = await persistenceProblems(redis);
    if (faults !== null && faults.length > 0) throw new PersistenceError(faults);
    return redis;
  } catch (error) {
    redis.disconnect();
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

/** The connections that TypeORM has. */
export function poolOf(database: DataSource): Pool {
  return (database.driver as PostgresDriver).master as Pool;
}

async function retrying<T>(open: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (attempt === TRIES || (error instanceof StoreError && error.lasts)) throw error;
      await delay(BETWEEN_TRIES_MS);
    }
  }
}
