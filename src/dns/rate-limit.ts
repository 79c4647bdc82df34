// How many answers a network that is not listed gets over UDP, where anybody can write any source on a packet.
import { randomInt } from 'node:crypto';
import type { Address } from '../allowlist/address.js';

export interface RateLimit {
  /** Answers per second and network. */
  readonly perSecond: number;
  /** Answers at once, after a silence. */
  readonly burst: number;
}

const SLOTS = 1 << 16;

/**
 * A limit per IPv4 /24 and IPv6 /56 in half a megabyte, whatever comes: a network counts in the slot that a hash under a
 * key of this process gives it. No address is kept, and nobody outside can tell who shares a slot.
 */
export class ResponseRateLimiter {
  /** Per slot, when the answers given so far would have been due at the steady rate (GCRA), in milliseconds. */
  private readonly dueAt = new Float64Array(SLOTS);
  private readonly key = randomInt(2 ** 32);
  private readonly intervalMs: number;
  private readonly toleranceMs: number;

  constructor(
    { perSecond, burst }: RateLimit,
    private readonly now: () => number,
  ) {
    this.intervalMs = 1000 / perSecond;
    this.toleranceMs = (burst - 1) * this.intervalMs;
  }

  /** Whether one more answer may go to the address; if so, it counts. */
  allows(address: Address): boolean {
    const slot = this.slotOf(address);
    const now = this.now();
    const dueAt = Math.max(this.dueAt[slot]!, now);
    if (dueAt - now > this.toleranceMs) return false;
    this.dueAt[slot] = dueAt + this.intervalMs;
    return true;
  }

  private slotOf({ family, words }: Address): number {
    const network =
      family === 4
        ? mix(words[0]! & 0xffffff00, this.key)
        : mix(words[1]! & 0xffffff00, mix(words[0]!, this.key));
    return network & (SLOTS - 1);
  }
}

/** Spreads a word over 32 bits (the finaliser of MurmurHash3). */
export function mix(word: number, seed: number): number {
  let hash = word ^ seed;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
