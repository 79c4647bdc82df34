// A mixer of 32-bit words without a secret key. For names that clients choose there is HalfSipHash in siphash.ts.

/** Spreads a word over 32 bits (the finaliser of MurmurHash3). */
export function mix(word: number, seed: number): number {
  let hash = word ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
