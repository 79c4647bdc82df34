// A full load of the allowlist, page by page in the order of the keys, while changes continue.
import type { Redis } from 'ioredis';
import {
  applyProfile,
  askHistory,
  historyOf,
  type Point,
  pointOf,
  resultsOf,
  TrackedReplica,
} from './history.js';
import { EPOCH, INDEX, LAST_CHANGE, PROFILES, REVISION } from './keys.js';
import { AllowlistReplica } from './replica.js';

/** Large enough for a distant node, and small enough that a page occupies Redis for about a millisecond. */
const KEYS_PER_PAGE = 500;

/**
 * Each page is read together with the changes since the last page. So the stream must remember only the time of one page,
 * however long the load takes, and the load may continue over another connection, even to another server, as long as the
 * history is the same.
 *
 * Why the result is correct: pages come in the order of the keys, and a page is stored before the changes that are read after
 * it. A prefix that does not change during the load is in its page. A prefix that changes has the state of its last change:
 * that change is applied after the page, or the page was read after it and shows the same state.
 */
export class Load {
  private readonly loading: TrackedReplica;
  /** The keys of the page whose profiles are read next. */
  private keys: readonly string[] = [];
  /** The key after which the next page begins. */
  private from = '-';
  /** Whether the last key has been read. Keys that are added behind it come with the changes. */
  private keysEnded = false;
  private done = 0;

  private constructor(
    start: Point,
    /** Prefixes in the store when the load began. */
    readonly total: number,
    private readonly keysPerPage: number,
  ) {
    this.loading = new TrackedReplica(AllowlistReplica.toLoad(), start);
  }

  /** Begins a load at the present head. Null: the store has no epoch. */
  static async begin(redis: Redis, keysPerPage = KEYS_PER_PAGE): Promise<Load | null> {
    const [keys, total] = await resultsOf(redis.pipeline().mget(EPOCH, REVISION, LAST_CHANGE).zcard(INDEX));
    const start = pointOf(keys as (string | null)[]);
    return start && new Load(start, total as number, keysPerPage);
  }

  /** Prefixes that have been read. */
  get count(): number {
    return this.done;
  }

  /** The result, after `step` has returned `done`. */
  get result(): TrackedReplica {
    return this.loading;
  }

  /** Reads the next page. `broken`: the store has another history now, or has forgotten changes that are needed. */
  async step(redis: Redis): Promise<'more' | 'done' | 'broken'> {
    const { keys, keysEnded, loading } = this;
    const pipeline = redis.pipeline();
    if (keys.length > 0) pipeline.hmget(PROFILES, ...keys);
    if (!keysEnded) pipeline.zrangebylex(INDEX, this.from, '+', 'LIMIT', 0, this.keysPerPage);
    const results = await resultsOf(askHistory(pipeline, loading.point.revision));
    const history = historyOf(results);
    if (history === null) return 'broken';
    if (keys.length > 0) this.put(keys, results.shift() as (string | null)[]);
    this.next(keysEnded ? [] : (results.shift() as string[]));
    const state = loading.follow(history);
    if (state === 'forked') return 'broken';
    // All changes are read before the next page, so that the stream does not forget them first.
    if (state === 'behind' && (await catchUp(redis, loading)) !== 'current') return 'broken';
    return this.keys.length === 0 ? 'done' : 'more';
  }

  private next(keys: readonly string[]): void {
    this.keys = keys;
    this.keysEnded = keys.length < this.keysPerPage;
    this.from = `(${keys.at(-1)}`;
  }

  /** Stores a page. A key without a profile was removed meanwhile, and a later change says so. */
  private put(keys: readonly string[], profiles: readonly (string | null)[]): void {
    for (const [index, profile] of profiles.entries()) {
      if (profile !== null) applyProfile(this.loading.replica, keys[index]!, profile);
    }
    this.done += keys.length;
  }
}

/** Reads changes until the replica equals the store. `empty`: the store has no epoch. */
export async function catchUp(
  redis: Redis,
  tracked: TrackedReplica,
): Promise<'current' | 'forked' | 'empty'> {
  for (;;) {
    const history = historyOf(await resultsOf(askHistory(redis.pipeline(), tracked.point.revision)));
    if (history === null) return 'empty';
    const state = tracked.follow(history);
    if (state !== 'behind') return state;
  }
}
