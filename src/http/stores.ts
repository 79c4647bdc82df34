// Connects the gateway to Postgres and Redis: a few tries at start, and by itself ever after.
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { errorFields, type Logger } from '../operations/log.js';
import { PersistenceFault, persistenceFaults } from '../operations/persistence.js';
import type { RedisSetting } from '../operations/store-fault.js';
import { openPostgres, openRedis } from '../operations/stores.js';
import { migrate } from '../services/migrate.js';

interface RedisRole {
  readonly part: 'redis' | 'redis-ephemeral';
  readonly setting: RedisSetting;
}

const DURABLE: RedisRole = { part: 'redis', setting: 'REDIS_URL' };
const EPHEMERAL: RedisRole = { part: 'redis-ephemeral', setting: 'REDIS_EPHEMERAL_URL' };
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
export async function connectRedis(
  url: string,
  log: Logger,
  { part, setting }: RedisRole = DURABLE,
): Promise<Redis> {
  await retrying(async () => (await openRedis(url, setting)).disconnect());
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
    if (!away) log.warn('dependency.lost', { part, ...(cause !== undefined && errorFields(cause)) });
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info('dependency.back', { part });
    away = false;
    cause = undefined;
  });
  await redis.connect();
  return redis;
}

/**
 * As `connectRedis`, to the one without a disk. Rejects with PersistenceFault when it has one, or when it makes room by
 * forgetting.
 */
export async function connectEphemeralRedis(url: string, log: Logger): Promise<Redis> {
  const redis = await connectRedis(url, log, EPHEMERAL);
  try {
    const faults = await persistenceFaults(redis);
    if (faults !== null && faults.length > 0) throw new PersistenceFault(faults);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
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
