// Which of several gateways rewrites the file of Redis, or a table of Postgres. A claim has a deadline, so it is in the ephemeral
// Redis.
import type { Redis } from 'ioredis';
import type { RewriteClaims } from '../db/upkeep.js';

const KEY = 'rewriting';

/** Claims of tables of Postgres, by their names: one gateway rewrites each. While the ephemeral Redis is away, all gateways do. */
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
 * Returns true to one gateway within so many milliseconds; to all of them while the ephemeral Redis is away: the other Redis runs one
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
