// Replay guard: used codes and challenges are remembered for as long as they could be used again, in the ephemeral Redis. A restart
// or a failover may lose all of them; then older codes are refused.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { MemoryKey } from './memory-key.js';

export interface ReplayGuard {
  /**
   * When the records begin, in milliseconds since the epoch; 0 when they have no gap. Earlier uses may be unknown, so refuse codes
   * and challenges that are older.
   */
  since(): number;
  /** Returns true for the first use within so many seconds. `kind` separates values of different kinds. */
  firstUse(kind: string, value: string, seconds: number): Promise<boolean>;
  /** The next use counts as the first one again, because what it was used for was not done. */
  forget(kind: string, value: string, seconds: number): Promise<void>;
}

/** String: since when the store has records, in milliseconds since the epoch, and a random id. A store without it is empty. */
export const REMEMBERS_SINCE = 'spent-since';
const PREFIX = 'spent:';

/** KEYS: REMEMBERS_SINCE. ARGV: its value in an empty store. Returns its value. */
const REMEMBER = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
`;

/**
 * KEYS: REMEMBERS_SINCE, then the keys of the marks. ARGV: the last known value of the first key, seconds. Returns 1 when there was
 * no mark, 0 when there was one, and -1 when the store is another one than before.
 */
const SPEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
for at = 2, #KEYS do
  if redis.call('EXISTS', KEYS[at]) == 1 then return 0 end
end
for at = 2, #KEYS do redis.call('SET', KEYS[at], '', 'EX', ARGV[2]) end
return 1
`;

/** Whether Redis has a mark, made with any key. */
export async function anythingSpent(redis: Redis): Promise<boolean> {
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${PREFIX}*`, 'COUNT', 1000);
    if (found.length > 0) return true;
    cursor = next;
  } while (cursor !== '0');
  return false;
}

interface Commands {
  remember(keys: 1, key: string, begins: string): Promise<string>;
  spend(keys: number, ...keysAndArguments: (string | number)[]): Promise<-1 | 0 | 1>;
}

export class RedisReplayGuard implements ReplayGuard {
  /** The last known value of REMEMBERS_SINCE. */
  private remembers = '';

  private constructor(
    private readonly redis: Redis & Commands,
    private readonly key: () => MemoryKey,
    private readonly clock: () => number,
  ) {}

  /** Resolves when it is known since when the store has records. */
  static async open(
    redis: Redis,
    key: () => MemoryKey,
    clock: () => number = Date.now,
  ): Promise<RedisReplayGuard> {
    redis.defineCommand('remember', { lua: REMEMBER });
    redis.defineCommand('spend', { lua: SPEND });
    const replayGuard = new RedisReplayGuard(redis as Redis & Commands, key, clock);
    await replayGuard.meetStore();
    return replayGuard;
  }

  since(): number {
    return Math.max(this.key().since, Number(this.remembers.split(' ', 1)[0]));
  }

  async firstUse(kind: string, value: string, seconds: number): Promise<boolean> {
    const keys = [REMEMBERS_SINCE, ...this.marks(kind, value, seconds)];
    const answer = await this.redis.spend(keys.length, ...keys, this.remembers, seconds);
    // The code is older than the store, and may have been used before.
    if (answer === -1) await this.meetStore();
    return answer === 1;
  }

  async forget(kind: string, value: string, seconds: number): Promise<void> {
    await this.redis.del(...this.marks(kind, value, seconds));
  }

  private marks(kind: string, value: string, seconds: number): string[] {
    const digests = this.key().digests(`spent/${kind}/${value}`, seconds, this.clock());
    return digests.map((digest) => PREFIX + digest);
  }

  private async meetStore(): Promise<void> {
    const begins = `${this.clock()} ${randomUUID()}`;
    this.remembers = await this.redis.remember(1, REMEMBERS_SINCE, begins);
  }
}
