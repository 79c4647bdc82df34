// Which of several gateways has Redis rewrite its file, or rewrites a table of Postgres. Asked in the Redis without a disk: the answer has a deadline.
import type { Redis } from 'ioredis';
import type { RewriteClaims } from '../db/upkeep.js';

const KEY = 'rewriting';

/** Of tables of Postgres, by their names: one gateway rewrites each. While that Redis is away, all of them do. */
export function rewriteClaims(ephemeral: Redis): RewriteClaims {
  const keyOf = (table: string) => `${KEY}:${table}`;
  return {
    take: (table, restMs) => claim(ephemeral, keyOf(table), restMs),
    async giveBack(table) {
      await ephemeral.del(keyOf(table)).catch(() => {});
    },
  };
}

/**
 * True for one gateway within so many milliseconds; for all of them while that Redis is away, since the other one runs a
 * rewrite at a time.
 */
export function claimRewrite(ephemeral: Redis, restMs: number): Promise<boolean> {
  return claim(ephemeral, KEY, restMs);
}

async function claim(ephemeral: Redis, key: string, restMs: number): Promise<boolean> {
  try {
    return (await ephemeral.set(key, '', 'PX', Math.ceil(restMs), 'NX')) === 'OK';
  } catch {
    return true;
  }
}
