// The history of the store as a follower reads it. Each change names the change before it, so that a follower detects a fork:
// after a failover two servers may have the same revision and a different past.
import type { ChainableCommander, Redis } from 'ioredis';
import { CHANGES, decodeKey, EPOCH, LAST_CHANGE, REVISION } from './keys.js';
import type { AllowlistReplica } from './replica.js';

/** A point of the history. `change`: the id of the change that led to it; empty in a store of an earlier version. */
export interface Point {
  readonly epoch: string;
  readonly revision: number;
  readonly change: string;
}

/** Entries of the stream: `<revision>-0`, and the fields of one change. */
export type Changes = readonly (readonly [id: string, fields: readonly string[]])[];

/** Changes per read; each has up to 500 prefixes. */
const CHANGES_PER_READ = 32;

/** A replica and the point of the history that it equals. */
export class TrackedReplica {
  constructor(
    readonly replica: AllowlistReplica,
    private at: Point,
  ) {
    replica.revision = at.revision;
  }

  get point(): Point {
    return this.at;
  }

  /** Whether this replica may be an earlier point of the history of `head`, as far as the head alone shows it. */
  mayPrecede(head: Point): boolean {
    const { epoch, revision, change } = this.at;
    if (head.epoch !== epoch || head.revision < revision) return false;
    return head.revision > revision || head.change === change;
  }

  /** Applies changes in their order. False at the first one that does not continue this replica; it is not applied. */
  take(changes: Changes): boolean {
    for (const [id, [before, change, ...state]] of changes) {
      const revision = Number.parseInt(id, 10);
      if (revision !== this.at.revision + 1 || before !== this.at.change) return false;
      for (let i = 0; i < state.length; i += 2) applyProfile(this.replica, state[i]!, state[i + 1]!);
      this.at = { ...this.at, revision, change: change! };
      this.replica.revision = revision;
    }
    return true;
  }

  /**
   * Applies the result of `askHistory`. `current`: the replica equals the head or is beyond it. `behind`: more changes must be
   * read. `forked`: the replica is not part of the store's history, or the changes between are forgotten.
   */
  follow({ head, changes }: { head: Point; changes: Changes }): 'current' | 'behind' | 'forked' {
    if (!this.mayPrecede(head) || !this.take(changes)) return 'forked';
    if (this.at.revision >= head.revision) return 'current';
    return changes.length === CHANGES_PER_READ ? 'behind' : 'forked';
  }
}

/** Sets the profile of a prefix. An empty profile removes it. */
export function applyProfile(replica: AllowlistReplica, key: string, profile: string): void {
  const prefix = decodeKey(key);
  if (profile === '') replica.delete(prefix);
  else replica.set(prefix, profile);
}

/** Adds the commands that read the head and the changes after the revision; `historyOf` takes their results. */
export function askHistory(pipeline: ChainableCommander, revision: number): ChainableCommander {
  return pipeline
    .mget(EPOCH, REVISION, LAST_CHANGE)
    .xread('COUNT', CHANGES_PER_READ, 'STREAMS', CHANGES, `${revision}-0`);
}

/** The head and the changes, from the last two results. Null: the store has no epoch. */
export function historyOf(results: readonly unknown[]): { head: Point; changes: Changes } | null {
  const head = pointOf(results.at(-2) as (string | null)[]);
  return head && { head, changes: changesOf(results.at(-1)) };
}

/** The results of a pipeline. Rejects with its first error. */
export async function resultsOf(pipeline: ChainableCommander): Promise<unknown[]> {
  const results = (await pipeline.exec()) ?? [];
  return results.map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}

/** Waits for changes after the revision. None: none has come in `waitMs` milliseconds. */
export async function awaitChanges(redis: Redis, revision: number, waitMs: number): Promise<Changes> {
  return changesOf(
    await redis.xread(
      ...(['COUNT', CHANGES_PER_READ, 'BLOCK', waitMs, 'STREAMS', CHANGES, `${revision}-0`] as const),
    ),
  );
}

export function pointOf([epoch, revision, change]: readonly (string | null)[]): Point | null {
  return epoch ? { epoch, revision: Number(revision), change: change ?? '' } : null;
}

function changesOf(reply: unknown): Changes {
  return (reply as [string, Changes][] | null)?.[0]?.[1] ?? [];
}
