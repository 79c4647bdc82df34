// Where all connections to Redis are made (decision 0056). A connection that Redis does not answer is closed within seconds,
// and one for writing is never kept to a server that is not, or no longer, a primary.
import { Redis, type RedisOptions } from 'ioredis';

/** Between two questions whose answers show that Redis is there. */
const BEAT_MS = 1000;
/** Beats without a byte from Redis after which the connection is closed: one that was asked just before does not count. */
const SILENT_BEATS = 3;
/** For the way to Redis, with TLS. */
const CONNECT_MS = 3000;

/** Errors of a server that takes no writes because another one is the primary, or is about to become it. */
const NOT_PRIMARY = /^(?:READONLY|MASTERDOWN) /;

export interface RedisClientOptions extends RedisOptions {
  /**
   * What is asked at each beat. `writes`: whether this is still the primary; else another one is looked for by the URL's
   * name. `listens`: a PING, which is allowed while subscribed. `reads`: nothing; it needs a `socketTimeout`, and no
   * `retryStrategy`.
   */
  readonly use: 'writes' | 'listens' | 'reads';
}

/** Not connected yet with `lazyConnect`. Errors are events for listeners, and are printed by nobody. */
export function createRedis(url: string, { use, ...options }: RedisClientOptions): Redis {
  return prepared(new Redis(url, { connectTimeout: CONNECT_MS, disconnectTimeout: 500, ...options }), use);
}

/**
 * Of the same server as `redis`, for subscriptions alone. When `redis` loses its connection or leaves a server, this one
 * does, too: a subscriber cannot ask which server is the primary.
 */
export function createSubscriber(redis: Redis): Redis {
  const subscriber = redis.duplicate({
    lazyConnect: true,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    commandTimeout: undefined as unknown as number,
  });
  redis.on('close', () => {
    if (subscriber.status === 'ready') subscriber.disconnect(true);
  });
  return prepared(subscriber, 'listens');
}

function prepared(redis: Redis, use: RedisClientOptions['use']): Redis {
  // ioredis prints an error that nobody listens for.
  redis.on('error', () => {});
  if (use === 'reads') return redis;
  refuseReplicas(redis);
  closeWhenSilent(redis, use);
  return redis;
}

/**
 * ioredis asks for INFO when it has connected, and its connector whether this is the server that is looked for. A write that
 * is refused later says the same.
 */
function refuseReplicas(redis: Redis): void {
  redis.options.reconnectOnError = (error) => {
    if (!NOT_PRIMARY.test(error.message)) return false;
    redis.emit('error', error);
    return true;
  };
  const { connector } = redis as unknown as { connector: { check(info: { role?: string }): boolean } };
  connector.check = ({ role }) => {
    if (role !== 'slave') return true;
    redis.emit('error', new NotPrimary());
    return false;
  };
}

/**
 * A script of Redis 7 that declares itself and may write, and then does not: Redis refuses it as it would refuse a write, and
 * nothing comes to the append-only file.
 */
const MAY_WRITE = '#!lua\nreturn 1';

/** Resolves when Redis would take a write now; rejects with READONLY, OOM, MISCONF, NOREPLICAS or another of ioredis's errors. */
export async function askToWrite(redis: Redis): Promise<void> {
  await redis.eval(MAY_WRITE, 0);
}

/** Rejects with ioredis's errors, such as NOPERM when this user may not ask. */
export async function isReplica(redis: Redis): Promise<boolean> {
  return /^role:slave\r?$/m.test(await redis.info('replication'));
}

/** The name of the URL leads to a replica. `code`: as Redis refuses writes there. */
export class NotPrimary extends Error {
  override readonly name = 'NotPrimary';
  readonly code = 'READONLY';
  constructor() {
    super('this Redis is a replica');
  }
}

/** Redis has not answered. */
class SilentRedis extends Error {
  override readonly name = 'SilentRedis';
  readonly code = 'ETIMEDOUT';
  constructor() {
    super('Redis does not answer');
  }
}

/**
 * ioredis has a `socketTimeout` that does not end with its connection: it would close the next one. Bytes that have come are
 * counted from beat to beat, so that a process that was stopped itself does not take Redis for silent.
 */
function closeWhenSilent(redis: Redis, use: RedisClientOptions['use']): void {
  let seen: { stream: unknown; bytes: number } = { stream: null, bytes: 0 };
  let silent = 0;
  const timer = setInterval(() => {
    const { status, stream } = redis;
    if (status !== 'connect' && status !== 'ready') return;
    const bytes = stream.bytesRead;
    silent = seen.stream === stream && seen.bytes === bytes ? silent + 1 : 0;
    seen = { stream, bytes };
    if (silent >= SILENT_BEATS) stream.destroy(new SilentRedis());
    else if (status === 'ready') ask(redis, use);
  }, BEAT_MS).unref();
  redis.once('end', () => clearInterval(timer));
}

function ask(redis: Redis, use: RedisClientOptions['use']): void {
  // A refusal is an answer, too.
  if (use === 'listens') redis.ping().catch(() => {});
  else leaveReplica(redis).catch(() => {});
}

async function leaveReplica(redis: Redis): Promise<void> {
  const { stream } = redis;
  if (!(await isReplica(redis))) return;
  if (redis.stream !== stream || redis.status !== 'ready') return;
  redis.emit('error', new NotPrimary());
  redis.disconnect(true);
}
