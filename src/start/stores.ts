// Opens the two stores once, without retries, for the processes that a person watches: `npm start` and the CLI.
import { Redis } from 'ioredis';
import pg from 'pg';

const CONNECT_MS = 5000;

/** A store cannot be reached. The message names the setting and a code, never the URL, which holds a password. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';

  constructor(
    readonly setting: 'DATABASE_URL' | 'REDIS_URL',
    readonly code: string,
  ) {
    super(`${setting}: cannot connect (${code})`);
  }
}

/** A connection that answered a PING; it does not reconnect. Throws StoreFault. */
export async function openRedis(url: string): Promise<Redis> {
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
    throw storeFault('REDIS_URL', cause ?? error);
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

/** The fault that stands for a client's error, whose message may hold the URL. */
export function storeFault(setting: StoreFault['setting'], error: unknown): StoreFault {
  return new StoreFault(setting, codeOf(error));
}

/** The code of the system, of Postgres (SQLSTATE) or of Redis (the first word of its reply). */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const redisCode = /^([A-Z]{3,20}) /.exec(error.message)?.[1];
  if (redisCode !== undefined) return redisCode;
  return /time(d )?out/i.test(error.message) ? 'ETIMEDOUT' : error.constructor.name;
}
