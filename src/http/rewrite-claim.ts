// Which of several gateways has Redis rewrite its file. Asked in the Redis without a disk: the answer has a deadline.
import type { Redis } from 'ioredis';

const KEY = 'rewriting';

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
