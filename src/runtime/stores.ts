// Opens the two stores once, without retries, for the processes that a person watches: `npm start` and the CLI.
import type { Redis } from 'ioredis';
import type { Client } from 'pg';
import { createPostgres } from '../db/postgres.js';
import { createRedis, isReplica, NotPrimary } from '../redis/redis.js';
import { type RedisSetting, toStoreError } from './store-error.js';

const ANSWER_MS = 30_000;

/** A connection to a primary that answered a PING; it does not reconnect. Throws StoreError. */
export async function openRedis(url: string, setting: RedisSetting = 'REDIS_URL'): Promise<Redis> {
  const redis = createRedis(url, {
    use: 'writes',
    lazyConnect: true,
    commandTimeout: ANSWER_MS,
    // After a refused connection ioredis waits this long for a close that has already been: the command would hang.
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
    // A user that may not ask is refused nothing for that.
    if (await isReplica(redis).catch(() => false)) throw new NotPrimary();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw toStoreError(setting, cause ?? error);
  }
}

/** A connected client. Throws StoreError. */
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
