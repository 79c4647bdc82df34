// Hashes of names and words for tables in memory: quick, spread evenly, under a seed; nothing that keeps a secret.

/** Spreads a word over 32 bits (the finaliser of MurmurHash3). */
export function mix(word: number, seed: number): number {
  let hash = word ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Goes on from the hash of what stands behind the octets from `start` to before `end` (the step of FNV-1a). */
export function mixOctets(octets: Uint8Array, start: number, end: number, behind: number): number {
  let hash = behind;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ octets[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
