// A full load, page by page in the order of the keys, while changes go on.
import type { Redis } from 'ioredis';
import {
  applyRegion,
  askHistory,
  historyOf,
  type Point,
  pointOf,
  resultsOf,
  TrackedReplica,
} from './history.js';
import { EPOCH, INDEX, LAST_CHANGE, REGIONS, REVISION } from './keys.js';
import { AllowlistReplica } from './replica.js';

/** Large enough for a distant node, and small enough that Redis keeps nobody waiting: it works on one for about a millisecond. */
const KEYS_PER_PAGE = 500;

/**
 * With each page the changes are read that were made meanwhile, so that a load needs from the stream only what is younger
 * than a page, however long it takes, and may go on over another connection, to another server even, as long as the
 * history is the same.
 *
 * Why the result is right: pages come in the order of the keys, and a page is put in before the changes that are read after
 * it. A prefix that no change touches during the load is in its page. One that a change touches ends as its last change
 * says: either that change is applied after the page, or the page was read after it and shows the same.
 */
export class Load {
  private readonly loading: TrackedReplica;
  /** The keys of the page whose regions are read next. */
  private keys: readonly string[] = [];
  /** From where on keys are read after that. */
  private from = '-';
  /** Whether these were the last ones: what is added behind them meanwhile comes with the changes. */
  private keysEnded = false;
  private done = 0;

  private constructor(
    start: Point,
    /** Of the prefixes that there were when it began. */
    readonly total: number,
    private readonly keysPerPage: number,
  ) {
    this.loading = new TrackedReplica(AllowlistReplica.toLoad(), start);
  }

  /** Null: the store has no epoch. */
  static async begin(redis: Redis, keysPerPage = KEYS_PER_PAGE): Promise<Load | null> {
    const [keys, total] = await resultsOf(redis.pipeline().mget(EPOCH, REVISION, LAST_CHANGE).zcard(INDEX));
    const start = pointOf(keys as (string | null)[]);
    return start && new Load(start, total as number, keysPerPage);
  }

  /** How many prefixes have been read. */
  get count(): number {
    return this.done;
  }

  /** What has been loaded, once `step` has returned `done`; not to be changed any more by this load. */
  get result(): TrackedReplica {
    return this.loading;
  }

  /** Reads the next page. `broken`: the store's history is another one now, or too much of it has been forgotten. */
  async step(redis: Redis): Promise<'more' | 'done' | 'broken'> {
    const { keys, keysEnded, loading } = this;
    const pipeline = redis.pipeline();
    if (keys.length > 0) pipeline.hmget(REGIONS, ...keys);
    if (!keysEnded) pipeline.zrangebylex(INDEX, this.from, '+', 'LIMIT', 0, this.keysPerPage);
    const results = await resultsOf(askHistory(pipeline, loading.point.revision));
    const history = historyOf(results);
    if (history === null) return 'broken';
    if (keys.length > 0) this.put(keys, results.shift() as (string | null)[]);
    this.next(keysEnded ? [] : (results.shift() as string[]));
    const state = loading.follow(history);
    if (state === 'forked') return 'broken';
    // Changes come first: however many there are, the load never falls behind what the stream remembers.
    if (state === 'behind' && (await catchUp(redis, loading)) !== 'current') return 'broken';
    return this.keys.length === 0 ? 'done' : 'more';
  }

  private next(keys: readonly string[]): void {
    this.keys = keys;
    this.keysEnded = keys.length < this.keysPerPage;
    this.from = `(${keys.at(-1)}`;
  }

  /** A key whose region has gone since its page was read is the business of a change that comes. */
  private put(keys: readonly string[], regions: readonly (string | null)[]): void {
    for (const [index, region] of regions.entries()) {
      if (region !== null) applyRegion(this.loading.replica, keys[index]!, region);
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
