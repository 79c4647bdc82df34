// All connections to Redis are made here (decision 0056). A connection without an answer of Redis is closed within seconds, and a
// connection for writing is never kept to a server that is not a primary, or no longer one.
import { Redis, type RedisOptions } from 'ioredis';

/** Between two heartbeats, whose answers show that Redis is there. */
const HEARTBEAT_MS = 1000;
/** After so many heartbeats without a byte from Redis the connection is closed. The last one may have been sent just before. */
const SILENT_HEARTBEATS = 3;
/** For connecting, with TLS. */
const CONNECT_MS = 3000;

/** Errors of a server that takes no writes because another one is the primary, or is about to become it. */
const NOT_PRIMARY = /^(?:READONLY|MASTERDOWN) /;

export interface RedisClientOptions extends RedisOptions {
  /**
   * What a heartbeat asks. `writes`: whether this is still the primary; if not, the connection is made again by the name in the
   * URL. `listens`: PING, which is allowed while subscribed. `reads`: no heartbeat; it needs a `socketTimeout`, and no
   * `retryStrategy`.
   */
  readonly use: 'writes' | 'listens' | 'reads';
}

/** Not connected yet with `lazyConnect`. Errors are events for listeners, and are never printed. */
export function createRedis(url: string, { use, ...options }: RedisClientOptions): Redis {
  return prepared(new Redis(url, { connectTimeout: CONNECT_MS, disconnectTimeout: 500, ...options }), use);
}

/**
 * A connection to the same server as `redis`, only for subscriptions. When `redis` loses its connection or leaves a server, this
 * one does, too: a subscriber cannot ask which server is the primary.
 */
export function createSubscriber(redis: Redis): Redis {
  const subscriber = redis.duplicate({
    lazyConnect: true,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    // `resubscribe` does it: ioredis forgets a subscription that Redis has not confirmed before the next loss, and leaves the
    // rejection of its SUBSCRIBE unhandled, which ends the process.
    autoResubscribe: false,
    commandTimeout: undefined as unknown as number,
  });
  redis.on('close', () => {
    if (subscriber.status === 'ready') subscriber.disconnect(true);
  });
  return prepared(subscriber, 'listens');
}

/**
 * Subscribes again each time the connection is back, and then calls `missed`: messages may have been missed. A connection that
 * is lost before Redis has answered is back another time.
 */
export function resubscribe(subscriber: Redis, channel: string, missed: () => void): void {
  subscriber.on('ready', () => {
    subscriber.subscribe(channel).then(missed, () => {});
  });
}

function prepared(redis: Redis, use: RedisClientOptions['use']): Redis {
  // ioredis prints errors without a listener.
  redis.on('error', () => {});
  if (use === 'reads') return redis;
  refuseReplicas(redis);
  closeWhenSilent(redis, use);
  return redis;
}

/**
 * ioredis asks for INFO when it has connected, and then its connector whether this is the wanted server. A write that is refused
 * later has the same effect.
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
 * A Redis 7 script that is declared as writing, and does not write. Redis refuses it as it would refuse a write, and nothing gets
 * into the append-only file.
 */
const MAY_WRITE = '#!lua\nreturn 1';

/** Resolves when Redis would accept a write now. Rejects with READONLY, OOM, MISCONF, NOREPLICAS or another error of ioredis. */
export async function askToWrite(redis: Redis): Promise<void> {
  await redis.eval(MAY_WRITE, 0);
}

/** Rejects with errors of ioredis, such as NOPERM when this user may not ask. */
export async function isReplica(redis: Redis): Promise<boolean> {
  return /^role:slave\r?$/m.test(await redis.info('replication'));
}

/** The name in the URL leads to a replica. `code`: that of a write to it. */
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
 * The `socketTimeout` of ioredis outlives its connection, and would close the next one. Here received bytes are compared from
 * heartbeat to heartbeat, so that a process that was itself suspended does not take Redis for silent.
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
    if (silent >= SILENT_HEARTBEATS) stream.destroy(new SilentRedis());
    else if (status === 'ready') ask(redis, use);
  }, HEARTBEAT_MS).unref();
  redis.once('end', () => clearInterval(timer));
}

function ask(redis: Redis, use: RedisClientOptions['use']): void {
  // An error is an answer, too.
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
