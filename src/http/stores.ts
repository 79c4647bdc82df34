// Connects the gateway to Postgres and Redis: a few tries at start, and by itself ever after.
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { errorFields, type Logger } from '../operations/log.js';
import { openPostgres, openRedis } from '../operations/stores.js';
import { migrate } from '../services/migrate.js';

const TRIES = 5;
const BETWEEN_TRIES_MS = 500;
const COMMAND_MS = 5000;
const MAX_RECONNECT_MS = 2000;

/** Connected and migrated. Rejects with StoreFault when Postgres cannot be reached. */
export async function connectPostgres(url: string, log: Logger): Promise<DataSource> {
  await retrying(async () => (await openPostgres(url)).end());
  const database = createDataSource(url);
  try {
    await database.initialize();
    const count = await migrate(database);
    log.info('migrations.applied', { part: 'postgres', count });
    return database;
  } catch (error) {
    if (database.isInitialized) await database.destroy();
    throw error;
  }
}

/**
 * Connected; reconnects for ever. While it is away commands fail at once, rather than wait in a queue that would outlive
 * the request. Rejects with StoreFault when Redis cannot be reached.
 */
export async function connectRedis(url: string, log: Logger): Promise<Redis> {
  await retrying(async () => (await openRedis(url)).disconnect());
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    // What is asked while an answer is under way goes out together after it.
    enableAutoPipelining: true,
    // Sessions are gathered already (services/session.ts).
    autoPipeliningIgnoredCommands: ['mget'],
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    connectTimeout: COMMAND_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_MS),
  });
  let away = false;
  let cause: unknown;
  redis.on('error', (error) => {
    cause = error;
  });
  // Not on 'close', which comes of an intended disconnect, too.
  redis.on('reconnecting', () => {
    if (!away) log.warn('dependency.lost', { part: 'redis', ...(cause !== undefined && errorFields(cause)) });
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info('dependency.back', { part: 'redis' });
    away = false;
    cause = undefined;
  });
  await redis.connect();
  return redis;
}

async function retrying<T>(open: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (attempt === TRIES) throw error;
      await delay(BETWEEN_TRIES_MS);
    }
  }
}
