// Keeps a replica equal to the store: loads it, follows its changes, and keeps the last state while the store is unavailable.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { createRedis } from '../redis/redis.js';
import { awaitChanges, TrackedReplica } from './history.js';
import { FORM } from './keys.js';
import { catchUp, Load } from './load.js';
import { AllowlistReplica } from './replica.js';

/**
 * `disconnected`: the store does not answer, or rejects the user. `loading`: a full load is running. `empty-store`: the
 * store has no epoch; it is new, or an empty Redis replica after a failover. In these three states the last allowlist is kept.
 */
export const FOLLOWER_STATES = ['following', 'loading', 'empty-store', 'disconnected'] as const;
export type FollowerState = (typeof FOLLOWER_STATES)[number];

/**
 * `loading`: a full load begins. `loaded`: it has ended. `broken-off`: it has to begin again. `kept`: the store is empty, so
 * the last allowlist is kept. `lost` and `back`: the connection. `stale`: the allowlist was too old and has been dropped.
 * `excess-rights`: the user may read more than a dns-node needs.
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
  /** `error`: with `lost`, the error of the connection. */
  readonly on?: (event: FollowerEvent, error?: unknown) => void;
  /** Milliseconds after which an allowlist that is not known to be current is dropped; never by default. */
  readonly maxStaleMs?: number;
  /** Milliseconds over which nodes with an allowlist spread their loads, so that they do not all load at once after a failover. */
  readonly spreadMs?: number;
}

export interface Follower {
  /** Without an allowlist (`isKnown` is false) until the first load has ended. */
  readonly replica: AllowlistReplica;
  /**
   * Resolves when the first load has ended, or the store is empty or does not answer. Rejects with the error of Redis when it
   * rejects the user or the password.
   */
  readonly tried: Promise<void>;
  state(): FollowerState;
  /** Seconds since the allowlist was last known to be current; since the start, when there has been none. */
  ageSeconds(): number;
  /** Prefixes that the running load has read, and their total; null without a load. */
  load(): { readonly count: number; readonly total: number } | null;
  close(): Promise<void>;
}

/** How long one read of the stream waits for a change; then the heads are compared. */
const BLOCK_MS = 1000;
/** A connection is dead when nothing comes for so long while a response is due, even if its socket reports no error. */
const SILENT_MS = 3000;
/** Between two attempts to load an empty or changing store. */
const RELOAD_MS = 100;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
const SPREAD_MS = 3000;

/** Starts to follow the store; the rights of DNS_NODE_ACL are enough. It retries until it is closed. */
export function startFollower(redisUrl: string, options: FollowerOptions = {}): Follower {
  return new StoreFollower(redisUrl, options);
}

class StoreFollower implements Follower {
  readonly replica = AllowlistReplica.unknown();
  readonly tried: Promise<void>;
  private readonly firstTry = Promise.withResolvers<void>();
  /** The replica with the point of the history that it equals; null: none. */
  private tracked: TrackedReplica | null = null;
  /** A load outlives its connection, and continues over the next one. */
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
    // Without this a rejection that nobody awaits would end the process.
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

  /** Follows the store, over one connection after the other, until closed. */
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

  /** Opens a connection without ioredis's own retries. `failed` rejects with the error of the connection. */
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

  /** Follows over one connection. Returns when closed; rejects with the error of the connection. */
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

  /** Continues from the last state. False when it is not part of the store's history, or the changes since are forgotten. */
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

  /** Loads the whole store into a new replica and replaces the present one. False when the store is empty or has been replaced. */
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

  /** Begins a load. Null when the store is empty, which is then the state. */
  private async beginLoad(redis: Redis): Promise<Load | null> {
    await this.checkRights(redis);
    let load = await Load.begin(redis);
    this.answered();
    if (load !== null && this.replica.isKnown) {
      // A node with an allowlist can wait a little, and reads the head again afterwards.
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

  /** Reports a user with too many rights: a seized dns-node should hold no password that reads more than the public map. */
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

/** Whether Redis rejects the user, the password or the right to read. A retry does not help then. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(?:WRONGPASS|NOAUTH|NOPERM)\b/.test(error.message);
}
