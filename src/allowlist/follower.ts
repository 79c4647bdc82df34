// Keeps a replica equal to the store: loads it, follows its changes, and keeps the last state when there is nothing to follow.
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { CHANGES, decodeKey, EPOCH, REGIONS, REVISION } from './keys.js';
import { AllowlistReplica } from './replica.js';

/**
 * `empty-store`: the store has no epoch, as a fresh one or an empty replica after a failover; the last state is kept
 * until somebody initialises it. `disconnected`: the store does not answer; the last state is kept.
 */
export type FollowerState = 'following' | 'empty-store' | 'disconnected';

/** `loaded`: the replica was read anew. `kept`: the store turned out empty. `lost` and `back`: the connection. */
export type FollowerEvent = 'loaded' | 'kept' | 'lost' | 'back';

export interface Follower {
  readonly replica: AllowlistReplica;
  state(): FollowerState;
  /** Seconds since the store last answered. */
  ageSeconds(): number;
  close(): Promise<void>;
}

/** How long one read of the stream waits for a change; then epoch and revision are compared. */
const BLOCK_MS = 1000;
/** A connection that stays silent for longer is dead, whatever its socket says. */
const ANSWER_MS = 3000;
/** Between two attempts to load an empty or changing store. */
const RELOAD_MS = 100;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
const SCAN_COUNT = 1000;
const CHANGES_PER_READ = 32;

/**
 * Resolves after the first load, for which an empty store counts; rejects with ioredis's error when the store does not
 * answer. Any user that DNS_NODE_ACL describes is enough.
 */
export async function startFollower(redisUrl: string, on: (event: FollowerEvent) => void): Promise<Follower> {
  const follower = new StoreFollower(redisUrl, on);
  await follower.start();
  return follower;
}

type Change = [id: string, fields: string[]];

class StoreFollower implements Follower {
  readonly replica = new AllowlistReplica();
  private epoch: string | null = null;
  private condition: FollowerState = 'disconnected';
  private lost = false;
  private contactAt = performance.now();
  private redis: Redis | null = null;
  /** What the connection said was wrong. ioredis rejects commands with errors that do not name it. */
  private fault: unknown;
  private running: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    private readonly redisUrl: string,
    private readonly on: (event: FollowerEvent) => void,
  ) {}

  state(): FollowerState {
    return this.condition;
  }

  ageSeconds(): number {
    return (performance.now() - this.contactAt) / 1000;
  }

  async start(): Promise<void> {
    try {
      const redis = await this.connect();
      while (!(await this.load(redis)) && this.condition !== 'empty-store');
      this.running = this.run(redis);
    } catch (error) {
      this.redis?.disconnect();
      throw this.fault ?? error;
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.redis?.disconnect();
    await this.running;
  }

  /** Follows on one connection after the other until closed. */
  private async run(first: Redis): Promise<void> {
    let redis: Redis | null = first;
    let retryMs = FIRST_RETRY_MS;
    while (!this.closing.signal.aborted) {
      try {
        redis ??= await this.connect();
        await this.follow(redis);
      } catch {
        this.redis?.disconnect();
        redis = null;
        if (this.closing.signal.aborted) return;
        if (!this.lost) {
          this.lost = true;
          this.condition = 'disconnected';
          retryMs = FIRST_RETRY_MS;
          this.on('lost');
        }
        await this.pause(retryMs);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  /** One connection, without ioredis's own retries: after a new connection nothing is taken for continuous. */
  private async connect(): Promise<Redis> {
    const redis = new Redis(this.redisUrl, {
      lazyConnect: true,
      retryStrategy: null,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      disableClientInfo: true,
      connectTimeout: ANSWER_MS,
      commandTimeout: ANSWER_MS,
    });
    this.redis = redis;
    // ioredis prints a fault that nobody listens for.
    redis.on('error', (error) => {
      this.fault = error;
    });
    await redis.connect();
    return redis;
  }

  /** Returns only by an error or when closed. */
  private async follow(redis: Redis): Promise<void> {
    let continuous = this.condition === 'following';
    while (!this.closing.signal.aborted) {
      if (continuous) continuous = await this.tail(redis);
      else {
        continuous = await this.load(redis);
        if (!continuous) await this.pause(RELOAD_MS);
      }
    }
  }

  /** Reads the whole store into a new replica and puts it in place. False when the store is empty or changed its epoch. */
  private async load(redis: Redis): Promise<boolean> {
    const start = await this.status(redis);
    if (start === null) return false;
    const replica = AllowlistReplica.toLoad();
    const scan = (cursor: string) => redis.hscan(REGIONS, cursor, 'COUNT', SCAN_COUNT);
    for (let page: ReturnType<typeof scan> | null = scan('0'); page !== null; ) {
      const [next, fields]: [string, string[]] = await page;
      this.contacted();
      // The store finds the next page while this one is put in.
      page = next === '0' ? null : scan(next);
      applyState(replica, fields);
    }
    replica.revision = start.revision;
    // What changed during the scan may stand in the replica or not; applied again it does, and in order.
    for (let changes = await read(redis, replica.revision); changes !== null; ) {
      if (!applyChanges(replica, start.epoch, changes)) return false;
      changes = await read(redis, replica.revision);
    }
    const end = await this.status(redis);
    if (end?.epoch !== start.epoch || end.revision < replica.revision) return false;
    this.replica.become(replica);
    this.epoch = start.epoch;
    this.condition = 'following';
    this.on('loaded');
    return true;
  }

  /** Waits for changes and applies them. False when they do not continue the replica. */
  private async tail(redis: Redis): Promise<boolean> {
    const changes = await read(redis, this.replica.revision, BLOCK_MS);
    this.contacted();
    if (changes !== null) return applyChanges(this.replica, this.epoch, changes);
    const now = await this.status(redis);
    if (now === null || now.epoch !== this.epoch || now.revision < this.replica.revision) return false;
    if (now.revision === this.replica.revision) return true;
    const missed = await read(redis, this.replica.revision);
    return missed !== null && applyChanges(this.replica, this.epoch, missed);
  }

  /** Null, and what that means, when the store is empty. */
  private async status(redis: Redis): Promise<{ epoch: string; revision: number } | null> {
    const [epoch, revision] = await redis.mget(EPOCH, REVISION);
    this.contacted();
    if (epoch) return { epoch, revision: Number(revision) };
    if (this.condition !== 'empty-store') this.on('kept');
    this.condition = 'empty-store';
    return null;
  }

  private contacted(): void {
    this.contactAt = performance.now();
    if (!this.lost) return;
    this.lost = false;
    this.on('back');
  }

  private pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.closing.signal }).catch(() => {});
  }
}

/** The changes after the revision, or null when there are none yet. */
async function read(redis: Redis, revision: number, blockMs?: number): Promise<Change[] | null> {
  const from = `${revision}-0`;
  const streams =
    blockMs === undefined
      ? await redis.xread('COUNT', CHANGES_PER_READ, 'STREAMS', CHANGES, from)
      : await redis.xread('COUNT', CHANGES_PER_READ, 'BLOCK', blockMs, 'STREAMS', CHANGES, from);
  return streams?.[0]?.[1] ?? null;
}

/** Applies what continues the replica without a gap and in the same epoch; false when something does not. */
function applyChanges(replica: AllowlistReplica, epoch: string | null, changes: readonly Change[]): boolean {
  for (const [id, [, changeEpoch, ...state]] of changes) {
    const revision = Number.parseInt(id, 10);
    if (revision !== replica.revision + 1 || changeEpoch !== epoch) return false;
    applyState(replica, state);
    replica.revision = revision;
  }
  return true;
}

/** Prefix keys and regions in turn; an empty region is an address that is not allowed any more. */
function applyState(replica: AllowlistReplica, fields: readonly string[]): void {
  for (let i = 0; i < fields.length; i += 2) {
    const prefix = decodeKey(fields[i]!);
    const region = fields[i + 1]!;
    if (region === '') replica.delete(prefix);
    else replica.set(prefix, region);
  }
}
