// What may be used once: spent codes and challenges are remembered as long as they could be used again.
import type { Redis } from 'ioredis';
import type { MemoryKey } from './memory-key.js';

export interface Once {
  /**
   * When the memory begins, in milliseconds since the epoch; 0 when it has no gap. What was spent before that moment may
   * be unknown, so that a code or challenge which is older must be refused.
   */
  since(): number;
  /** True the first time within so many seconds. `kind` keeps values of different kinds apart. */
  first(kind: string, value: string, seconds: number): Promise<boolean>;
}

/** KEYS: where the mark stands. ARGV: seconds. Returns 1 when there was none. */
const SPEND = `
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, '', 'EX', ARGV[1]) end
return 1
`;

const PREFIX = 'spent:';

/** Whether Redis has a mark, under whatever key it was made. */
export async function anythingSpent(redis: Redis): Promise<boolean> {
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${PREFIX}*`, 'COUNT', 1000);
    if (found.length > 0) return true;
    cursor = next;
  } while (cursor !== '0');
  return false;
}

interface SpendCommand {
  spend(keys: number, ...keysAndSeconds: (string | number)[]): Promise<0 | 1>;
}

export class RedisOnce implements Once {
  private readonly redis: Redis & SpendCommand;

  constructor(
    redis: Redis,
    private readonly key: () => MemoryKey,
    private readonly clock: () => number = Date.now,
  ) {
    redis.defineCommand('spend', { lua: SPEND });
    this.redis = redis as Redis & SpendCommand;
  }

  since(): number {
    return this.key().since;
  }

  async first(kind: string, value: string, seconds: number): Promise<boolean> {
    const digests = this.key().digests(`spent/${kind}/${value}`, seconds, this.clock());
    const keys = digests.map((digest) => PREFIX + digest);
    return (await this.redis.spend(keys.length, ...keys, seconds)) === 1;
  }
}
