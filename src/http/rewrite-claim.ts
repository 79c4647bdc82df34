// Which of several gateways has Redis rewrite its file, or rewrites a table of Postgres. Asked in the Redis without a disk: the answer has a deadline.
import type { Redis } from 'ioredis';
import type { RewriteClaims } from '../services/postgres-upkeep.js';

const KEY = 'rewriting';

/** Of tables of Postgres, by their names: one gateway rewrites each. While that Redis is away, all of them do. */
export function rewriteClaims(ephemeral: Redis): RewriteClaims {
  return {
    async take(table, restMs) {
      try {
        return (await ephemeral.set(`${KEY}:${table}`, '', 'PX', Math.ceil(restMs), 'NX')) === 'OK';
      } catch {
        return true;
      }
    },
    async giveBack(table) {
      await ephemeral.del(`${KEY}:${table}`).catch(() => {});
    },
  };
}

/**
 * True for one gateway within so many milliseconds; for all of them while that Redis is away, since the other one runs a
 * rewrite at a time.
 */
export async function claimRewrite(ephemeral: Redis, restMs: number): Promise<boolean> {
  try {
    return (await ephemeral.set(KEY, '', 'PX', Math.ceil(restMs), 'NX')) === 'OK';
  } catch {
    return true;
  }
}
