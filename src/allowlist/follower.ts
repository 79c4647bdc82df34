// Keeps a replica equal to the store: loads it, follows its changes, and keeps the last state when there is nothing to follow.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { createRedis } from '../redis/redis.js';
import { awaitChanges, TrackedReplica } from './history.js';
import { FORM } from './keys.js';
import { catchUp, Load } from './load.js';
import { AllowlistReplica } from './replica.js';

/**
 * `disconnected`: the store does not answer, or refuses us. `loading`: everything is being read. `empty-store`: the store
 * has no epoch, as a fresh one or an empty replica after a failover. In all three the last state is kept, if there is one.
 */
export const FOLLOWER_STATES = ['following', 'loading', 'empty-store', 'disconnected'] as const;
export type FollowerState = (typeof FOLLOWER_STATES)[number];

/**
 * `loading`: a full load begins. `loaded`: it has ended. `broken-off`: it has to begin again. `kept`: the store turned out
 * empty. `lost` and `back`: the connection. `stale`: the last state was too old and has been dropped. `excess-rights`: the
 * user may read more than a dns-node needs.
 */
export type FollowerEvent =
  | 'loading'
  | 'loaded'
  | 'broken-off'
  | 'kept'
  | 'lost'
  | 'back'
  | 'stale'
  | 'excess-rights';

export interface FollowerOptions {
  /** `error`: with `lost`, what the connection said. */
  readonly on?: (event: FollowerEvent, error?: unknown) => void;
  /** Milliseconds after which a list that is not known to be current is dropped; never by default. */
  readonly maxStaleMs?: number;
  /** Milliseconds over which nodes that have a list spread their loads, so that a failover does not bring all at once. */
  readonly spreadMs?: number;
}

export interface Follower {
  /** Not known until something has been loaded. */
  readonly replica: AllowlistReplica;
  /**
   * Resolves when there is a list, or the store is empty, or does not answer; rejects with the error of Redis when it refuses
   * the user or the password.
   */
  readonly tried: Promise<void>;
  state(): FollowerState;
  /** Seconds since the list was last known to be current; since the start, when there has been none. */
  ageSeconds(): number;
  /** How far the load is that runs; null when there is none. */
  load(): { readonly count: number; readonly total: number } | null;
  close(): Promise<void>;
}

/** How long one read of the stream waits for a change; then the heads are compared. */
const BLOCK_MS = 1000;
/** A connection on which nothing comes for longer, while an answer is due, is dead, whatever its socket says. */
const SILENT_MS = 3000;
/** Between two attempts to load an empty or changing store. */
const RELOAD_MS = 100;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
const SPREAD_MS = 3000;

/** Any user that DNS_NODE_ACL describes is enough. Tries for as long as it takes. */
export function startFollower(redisUrl: string, options: FollowerOptions = {}): Follower {
  return new StoreFollower(redisUrl, options);
}

class StoreFollower implements Follower {
  readonly replica = AllowlistReplica.unknown();
  readonly tried: Promise<void>;
  private readonly firstTry = Promise.withResolvers<void>();
  /** The replica with the point that it equals; null when there is none. */
  private tracked: TrackedReplica | null = null;
  /** Outlives a connection, and goes on over the next one. */
  private running: Load | null = null;
  private condition: FollowerState = 'disconnected';
  private lost = false;
  private rightsSeen = false;
  private currentAt = performance.now();
  private redis: Redis | null = null;
  private readonly ended: Promise<void>;
  private readonly closing = new AbortController();

  constructor(
    private readonly redisUrl: string,
    private readonly options: FollowerOptions,
  ) {
    this.tried = this.firstTry.promise;
    // Not everybody waits for it.
    this.tried.catch(() => {});
    this.ended = this.run();
  }

  state(): FollowerState {
    return this.condition;
  }

  ageSeconds(): number {
    return (performance.now() - this.currentAt) / 1000;
  }

  load(): { count: number; total: number } | null {
    return this.running && { count: this.running.count, total: this.running.total };
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.redis?.disconnect();
    await this.ended;
  }

  /** Follows on one connection after the other until closed. */
  private async run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.closing.signal.aborted) {
      const { redis, failed } = this.connect();
      this.redis = redis;
      try {
        await Promise.race([failed, this.follow(redis)]);
      } catch (error) {
        redis.disconnect();
        if (this.closing.signal.aborted) return;
        if (isRefusal(error)) this.firstTry.reject(error);
        else this.firstTry.resolve();
        this.condition = 'disconnected';
        this.dropIfStale();
        if (!this.lost) {
          this.lost = true;
          retryMs = FIRST_RETRY_MS;
          this.emit('lost', error);
        }
        await this.pause(retryMs * (0.5 + Math.random() / 2));
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  /** One connection, without ioredis's own retries. `failed` rejects with what the connection says is wrong. */
  private connect(): { redis: Redis; failed: Promise<never> } {
    const redis = createRedis(this.redisUrl, {
      use: 'reads',
      lazyConnect: true,
      retryStrategy: null,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      disableClientInfo: true,
      connectTimeout: SILENT_MS,
      socketTimeout: SILENT_MS,
    });
    const failed = new Promise<never>((_, reject) => redis.on('error', reject));
    failed.catch(() => {});
    return { redis, failed };
  }

  /** Returns only by an error or when closed. */
  private async follow(redis: Redis): Promise<void> {
    await redis.connect();
    let isCurrent = this.tracked !== null && (await this.resume(redis, this.tracked));
    while (!this.closing.signal.aborted) {
      this.dropIfStale();
      if (isCurrent) isCurrent = await this.tail(redis);
      else {
        isCurrent = await this.loadAll(redis);
        if (!isCurrent) await this.pause(RELOAD_MS);
      }
    }
  }

  /** Goes on from the last state, when that is a part of the store's history of which nothing has been forgotten. */
  private async resume(redis: Redis, tracked: TrackedReplica): Promise<boolean> {
    if ((await catchUp(redis, tracked)) !== 'current') return false;
    this.current();
    return true;
  }

  /** Waits for changes and applies them. False when they do not continue the replica. */
  private async tail(redis: Redis): Promise<boolean> {
    const { tracked } = this;
    if (tracked === null) return false;
    const changes = await awaitChanges(redis, tracked.point.revision, BLOCK_MS);
    if (changes.length === 0) return this.resume(redis, tracked);
    if (!tracked.take(changes)) return false;
    this.current();
    return true;
  }

  /** Reads the whole store into a new replica and puts it in place. False when the store is empty or another one now. */
  private async loadAll(redis: Redis): Promise<boolean> {
    this.running ??= await this.beginLoad(redis);
    if (this.running === null) return false;
    this.condition = 'loading';
    for (;;) {
      const outcome = await this.running.step(redis);
      this.answered();
      this.dropIfStale();
      if (outcome === 'more') continue;
      const { result } = this.running;
      this.running = null;
      if (outcome === 'broken') this.emit('broken-off');
      else {
        this.replica.become(result.replica);
        this.tracked = new TrackedReplica(this.replica, result.point);
        this.current();
        this.emit('loaded');
      }
      return outcome === 'done';
    }
  }

  /** Null, and what that means, when the store is empty. */
  private async beginLoad(redis: Redis): Promise<Load | null> {
    await this.checkRights(redis);
    let load = await Load.begin(redis);
    this.answered();
    if (load !== null && this.replica.isKnown) {
      // A node that has a list can wait a little; what is read then is younger.
      await this.pause(Math.random() * (this.options.spreadMs ?? SPREAD_MS));
      load = await Load.begin(redis);
    }
    if (load !== null) {
      this.running = load;
      this.emit('loading');
      return load;
    }
    if (this.condition !== 'empty-store') this.emit('kept');
    this.condition = 'empty-store';
    this.firstTry.resolve();
    return null;
  }

  /** A node at the edge is easily seized: it should not hold a password that opens more than the public list. */
  private async checkRights(redis: Redis): Promise<void> {
    if (this.rightsSeen) return;
    this.rightsSeen = true;
    const isRefused = await redis.mget(FORM).then(
      () => false,
      (error) => {
        if (!/^NOPERM/.test(String(error?.message))) throw error;
        return true;
      },
    );
    if (!isRefused) this.emit('excess-rights');
  }

  private current(): void {
    this.answered();
    this.firstTry.resolve();
    this.condition = 'following';
    this.currentAt = performance.now();
  }

  private answered(): void {
    if (!this.lost) return;
    this.lost = false;
    this.emit('back');
  }

  private dropIfStale(): void {
    const { maxStaleMs = Number.POSITIVE_INFINITY } = this.options;
    if (!this.replica.isKnown || performance.now() - this.currentAt <= maxStaleMs) return;
    this.tracked = null;
    this.replica.become(AllowlistReplica.unknown());
    this.emit('stale');
  }

  private emit(event: FollowerEvent, error?: unknown): void {
    this.options.on?.(event, error);
  }

  private pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.closing.signal }).catch(() => {});
  }
}

/** What no retry mends: the user or the password is wrong, or the user may not read the list. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(?:WRONGPASS|NOAUTH|NOPERM)\b/.test(error.message);
}
