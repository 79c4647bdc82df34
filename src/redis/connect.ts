// Connects to Redis: once for the command line and `npm start`; with a few tries, and reconnecting, for the gateway.
import type { Redis } from 'ioredis';
import type { Dependency } from '../runtime/dependency.js';
import { retryStore } from '../runtime/retry-store.js';
import { type RedisSetting, toStoreError } from '../runtime/store-error.js';
import { PersistenceError, persistenceProblems } from './persistence.js';
import { createRedis, isReplica, NotPrimary } from './redis.js';

const ANSWER_MS = 30_000;
const COMMAND_MS = 5000;
/** After a failover the name of the URL can lead to another server at any moment. */
const MAX_RECONNECT_MS = 500;

/** A connection to a primary that answered a PING; it does not reconnect. Rejects with StoreError. */
export async function openRedis(url: string, setting: RedisSetting = 'REDIS_URL'): Promise<Redis> {
  const redis = createRedis(url, {
    use: 'writes',
    lazyConnect: true,
    commandTimeout: ANSWER_MS,
    // After a refused connection ioredis waits this long for a close event that has already been: the command would hang.
    disconnectTimeout: 100,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let cause: unknown;
  redis.on('error', (error) => {
    cause ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
    // A user without the right to ask is not refused for that.
    if (await isReplica(redis).catch(() => false)) throw new NotPrimary();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw toStoreError(setting, cause ?? error);
  }
}

/**
 * Connected to a primary. It reconnects for ever, each time by the URL's name. While the server is away commands fail at once: a
 * queue would outlive the request. Rejects with StoreError when Redis cannot be used.
 */
export async function connectRedis(
  url: string,
  dependency: Dependency,
  setting: RedisSetting = 'REDIS_URL',
): Promise<Redis> {
  await retryStore(async () => (await openRedis(url, setting)).disconnect());
  const redis = createRedis(url, {
    use: 'writes',
    lazyConnect: true,
    enableOfflineQueue: false,
    // Commands that are sent while an answer is on its way go out together after it.
    enableAutoPipelining: true,
    // Session look-ups are gathered already (services/sign-in/session.ts).
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
  // Not on 'close', which an intended disconnect emits, too.
  redis.on('reconnecting', () => dependency.lost(cause));
  redis.on('ready', () => {
    dependency.back();
    cause = undefined;
  });
  await redis.connect();
  return redis;
}

/** As `connectRedis`, to the ephemeral Redis. Rejects with PersistenceError when it has a disk, or evicts keys. */
export async function connectEphemeralRedis(url: string, dependency: Dependency): Promise<Redis> {
  const redis = await connectRedis(url, dependency, 'REDIS_EPHEMERAL_URL');
  try {
    const problems = await persistenceProblems(redis);
    if (problems !== null && problems.length > 0) throw new PersistenceError(problems);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
