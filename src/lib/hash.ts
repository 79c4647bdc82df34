// Hashes for tables in memory, under keys of this process: what strangers or customers choose spreads evenly, and nobody
// without the key can choose what falls together. They keep no secret.
import { randomInt } from 'node:crypto';

/** Spreads a word over 32 bits (the finaliser of MurmurHash3). */
export function mix(word: number, seed: number): number {
  let hash = word ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Two words of 32 bits. */
export type HashKey = readonly [number, number];

export function newHashKey(): HashKey {
  return [randomInt(2 ** 32) | 0, randomInt(2 ** 32) | 0];
}

/** HalfSipHash-1-3: a round for each word that comes, and these at the end. */
const LAST_ROUNDS = 3;

/**
 * HalfSipHash-1-3 (Aumasson and Bernstein, 2012; Linux keys its tables with it) of parts that come one after the other, with
 * the hash of all so far after each. A part must say its own length, as a label of a name does: it is filled up with zeros to
 * whole words. Without the key nobody can find parts with equal hashes but by trying. Allocates nothing.
 */
export class PartsHash {
  private readonly state = new Int32Array(4);

  constructor(private readonly key: HashKey) {}

  begin(): void {
    const [low, high] = this.key;
    this.state[0] = low;
    this.state[1] = high;
    this.state[2] = low ^ 0x6c796765;
    this.state[3] = high ^ 0x74656462;
  }

  /** The part from `start` to before `end`; a word of 32 bits with its sign. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const { state } = this;
    let v0 = state[0]!;
    let v1 = state[1]!;
    let v2 = state[2]!;
    let v3 = state[3]!;
    const wordsEnd = start + ((end - start + 3) & ~3);
    for (let at = start; at < wordsEnd + 4 * LAST_ROUNDS; at += 4) {
      let word = 0;
      if (at + 4 <= end) {
        word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      } else if (at < wordsEnd) {
        for (let i = 0; i < 4; i++) if (at + i < end) word |= bytes[at + i]! << (8 * i);
      } else if (at === wordsEnd) {
        state[0] = v0;
        state[1] = v1;
        state[2] = v2;
        state[3] = v3;
        v2 ^= 0xff;
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    return v1 ^ v3;
  }
}
