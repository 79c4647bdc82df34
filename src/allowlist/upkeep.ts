// What keeps a removed address from outliving its removal: in the stream of changes, and on Redis's disk.
import type { Redis } from 'ioredis';
import { ERASED } from './keys.js';
import type { RunScript } from './run-script.js';

/** Above this size the stream is trimmed but not written anew, which would block Redis for too long. */
const COMPACTED_STREAM_BYTES = 1_000_000;

const MOVED = ['throttle:*', 'spent:*'];

/** Stands in ERASED from the start of a rewrite until its success, or the next removal. */
const REWRITING = 'rewriting';

export class AllowlistUpkeep {
  constructor(
    private readonly redis: Redis,
    private readonly run: RunScript,
  ) {}

  /** Forgets the changes up to and with the given revision; a follower that has not seen them reloads. */
  async forgetChanges(revision: number): Promise<void> {
    await this.run('allowlistForgetChanges', revision, COMPACTED_STREAM_BYTES);
  }

  /** Whether the append-only file may still hold something that has been removed. */
  async erasurePending(): Promise<boolean> {
    return (await this.redis.exists(ERASED)) === 1;
  }

  /** Has Redis write its append-only file anew from what it holds now. `busy`: an earlier rewrite is running; try later. */
  async startRewrite(): Promise<'started' | 'busy' | 'nothing-on-disk'> {
    if ((await this.persistence()).get('aof_enabled') === '0') {
      await this.redis.del(ERASED);
      return 'nothing-on-disk';
    }
    // Inside MULTI, so that no removal falls between the mark and the moment from which the rewrite copies.
    const replies = await this.redis.multi().set(ERASED, REWRITING).bgrewriteaof().exec();
    const error = replies?.[1]?.[0];
    if (!error) return 'started';
    await this.redis.set(ERASED, 'yes');
    if (!/in progress/.test(error.message)) throw error;
    return 'busy';
  }

  /** Asks after a started rewrite; a success is recorded, unless something was removed in the meantime. */
  async rewriteOutcome(): Promise<'running' | 'done' | 'failed'> {
    const info = await this.persistence();
    if (info.get('aof_rewrite_in_progress') !== '0' || info.get('aof_rewrite_scheduled') !== '0') {
      return 'running';
    }
    if (info.get('aof_last_bgrewrite_status') !== 'ok') return 'failed';
    await this.run('allowlistRewritten', REWRITING);
    return 'done';
  }

  /** Earlier versions counted tries and spent codes here, with deadlines; they stand in a store without a disk now. */
  async removeMovedKeys(): Promise<void> {
    for (const pattern of MOVED) {
      for await (const keys of this.redis.scanStream({ match: pattern, count: 1000 })) {
        if (keys.length > 0) await this.redis.unlink(keys as string[]);
      }
    }
  }

  private async persistence(): Promise<Map<string, string>> {
    const lines = (await this.redis.info('persistence')).split('\r\n');
    return new Map(lines.map((line) => line.split(':', 2) as [string, string]));
  }
}
