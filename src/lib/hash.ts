// A mixer of 32-bit words without a secret key. For names that clients choose there is HalfSipHash in siphash.ts.

/** Spreads a word over 32 bits (the finaliser of MurmurHash3). */
export function mix(word: number, seed: number): number {
  let hash = word ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The hash of the first `length` bytes in memory that `words` views (MurmurHash3 for 32 bits). A signed word, which V8 returns
 * without allocating.
 */
export function mixBytes(words: Int32Array, length: number, seed: number): number {
  const whole = length >>> 2;
  let hash = seed;
  for (let at = 0; at < whole; at++) {
    hash ^= scrambled(words[at]!);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  const bits = (length & 3) * 8;
  const rest = bits === 0 ? 0 : words[whole]! & ((1 << bits) - 1);
  return mix(hash ^ scrambled(rest), length) | 0;
}

function scrambled(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
