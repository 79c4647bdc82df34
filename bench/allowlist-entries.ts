// A large allowlist in Redis, for benchmarks: one allowed client on this machine, and addresses all over the space.

import { encodeKey, INDEX, PROFILES } from '../src/allowlist/keys.js';
import { AllowlistWriter } from '../src/allowlist/writer.js';
import { type Prefix, prefixOf } from '../src/lib/ip.js';
import { openRedis } from '../src/redis/connect.js';

/** One entry in so many is an IPv6 /64. */
export const IPV6_EVERY = 5;
const ENTRIES_PER_COMMAND = 1000;

/** In the form that the writer gives them, but at once and without their owners, which no node can read. */
export async function fillAllowlist(
  redisUrl: string,
  entries: number,
  {
    profiles,
    more = [],
    signal,
    onProgress = () => {},
  }: {
    readonly profiles: readonly string[];
    /** Entries beside those that are counted, with their profiles. */
    readonly more?: readonly (readonly [Prefix, string])[];
    readonly signal: AbortSignal;
    readonly onProgress?: (done: number) => void;
  },
): Promise<void> {
  const redis = await openRedis(redisUrl);
  try {
    await new AllowlistWriter(redis).initialise();
    for (let first = 0; first < entries + more.length; first += ENTRIES_PER_COMMAND) {
      signal.throwIfAborted();
      const fields: string[] = [];
      const members: (string | number)[] = [];
      for (let index = first; index < Math.min(first + ENTRIES_PER_COMMAND, entries + more.length); index++) {
        const counted = [entryAt(index), profiles[index % profiles.length]!] as const;
        const [prefix, profile] = index < entries ? counted : more[index - entries]!;
        const key = encodeKey(prefix);
        fields.push(key, profile);
        members.push(0, key);
      }
      await redis
        .pipeline()
        .hset(PROFILES, ...fields)
        .zadd(INDEX, ...members)
        .exec();
      onProgress(first);
    }
  } finally {
    redis.disconnect();
  }
}

/** 127.0.0.1 first, then addresses all over the space, no two alike. */
export function entryAt(index: number): Prefix {
  if (index === 0) return prefixOf({ family: 4, words: [0x7f000001] }, 32);
  const spread = Math.imul(index, 0x9e3779b1) >>> 0;
  if (index % IPV6_EVERY === 0) return prefixOf({ family: 6, words: [0x20010db8, spread, 0, 0] }, 64);
  // Loopback holds the sources that are not listed. With the first bit set it is what index + 2 ** 31 would give: nobody
  // else's.
  const address = spread >>> 24 === 127 ? (spread | 0x80000000) >>> 0 : spread;
  return prefixOf({ family: 4, words: [address] }, 32);
}
