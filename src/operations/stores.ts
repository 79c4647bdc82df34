// Opens the two stores once, without retries, for the processes that a person watches: `npm start` and the CLI.
import { Redis } from 'ioredis';
import pg from 'pg';
import { type RedisSetting, storeFault } from './store-fault.js';

const CONNECT_MS = 5000;

/** A connection that answered a PING; it does not reconnect. Throws StoreFault. */
export async function openRedis(url: string, setting: RedisSetting = 'REDIS_URL'): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: 30_000,
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
    return redis;
  } catch (error) {
    redis.disconnect();
    throw storeFault(setting, cause ?? error);
  }
}

/** A connected client. Throws StoreFault. */
export async function openPostgres(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: 30_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw storeFault('DATABASE_URL', error);
  }
}
