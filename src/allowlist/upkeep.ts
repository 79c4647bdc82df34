// Upkeep of the store: removes old changes from the stream and deleted data from Redis's disk, so that neither shows what was
// removed, or when and in which order anything was done.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { HOUR_MS } from '../lib/durations.js';
import type { RunScript } from './run-script.js';
import { EARLIER_REGIONS } from './scripts/reform.js';

/** Above this size the stream is only trimmed: writing it again would block Redis for too long. */
const COMPACTED_STREAM_BYTES = 1_000_000;

const PREFIXES_PER_SCRIPT = 500;

/** Keys of earlier versions: what has a deadline stands in a Redis without a disk now, and every rewrite is due by itself. */
const RETIRED = ['throttle:*', 'spent:*', '{allowlist}:erased'];

/** The pause after a rewrite, as a multiple of its time: a rewrite is a process that copies all data of Redis. */
const REST_PER_REWRITE = 60;
const LONGEST_REST_MS = HOUR_MS;

export class AllowlistUpkeep {
  constructor(
    private readonly redis: Redis,
    private readonly run: RunScript,
  ) {}

  /** Removes the changes up to and including the revision. A follower that has not read them loads the whole store. */
  async forgetChanges(revision: number): Promise<void> {
    await this.run('allowlistForgetChanges', revision, COMPACTED_STREAM_BYTES);
  }

  /** Milliseconds between two rewrites, by the time that the last one took. */
  async restMs(): Promise<number> {
    const seconds = Math.max(0, Number((await this.persistence()).get('aof_last_rewrite_time_sec') ?? 0));
    return Math.min(seconds * 1000 * REST_PER_REWRITE, LONGEST_REST_MS);
  }

  /** Starts a rewrite of Redis's append-only file from the present data. `busy`: an earlier rewrite is running. */
  async startRewrite(): Promise<'started' | 'busy' | 'nothing-on-disk'> {
    if ((await this.persistence()).get('aof_enabled') === '0') return 'nothing-on-disk';
    try {
      await this.redis.bgrewriteaof();
      return 'started';
    } catch (error) {
      if (!(error instanceof Error && /in progress/.test(error.message))) throw error;
      return 'busy';
    }
  }

  /** The outcome of a rewrite that was started. */
  async rewriteOutcome(): Promise<'running' | 'done' | 'failed'> {
    const info = await this.persistence();
    if (info.get('aof_rewrite_in_progress') !== '0' || info.get('aof_rewrite_scheduled') !== '0') {
      return 'running';
    }
    return info.get('aof_last_bgrewrite_status') === 'ok' ? 'done' : 'failed';
  }

  /**
   * Brings what earlier versions have stored into the present form, and gives it an epoch then. It may be repeated, and broken
   * off at any point. A store without data stays as it is.
   */
  async reform(prefixesPerScript = PREFIXES_PER_SCRIPT): Promise<void> {
    if ((await this.run('allowlistReformBegin')) === 0) return;
    for (const match of RETIRED) {
      for await (const keys of this.redis.scanStream({ match, count: 1000 })) {
        if (keys.length > 0) await this.redis.unlink(keys as string[]);
      }
    }
    for (let last: string | null = '-'; last !== null; ) {
      last = (await this.run('allowlistReformPage', last, prefixesPerScript)) as string | null;
    }
    await this.redis.unlink(EARLIER_REGIONS);
    await this.run('allowlistReformEnd', randomUUID());
  }

  private async persistence(): Promise<Map<string, string>> {
    const lines = (await this.redis.info('persistence')).split('\r\n');
    return new Map(lines.map((line) => line.split(':', 2) as [string, string]));
  }
}
