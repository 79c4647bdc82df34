// How many answers a network that is not listed gets over UDP, where anybody can write any source on a packet.
import { randomInt } from 'node:crypto';
import type { Address } from '../allowlist/address.js';
import { mix } from '../hash.js';

export interface RateLimit {
  /** Answers per second and network. */
  readonly perSecond: number;
  /** Answers at once, after a silence. */
  readonly burst: number;
}

/** What another thread needs to count in the same limits. */
export interface SharedRates {
  /** Per slot, when the answers given so far would have been due at the steady rate (GCRA), in milliseconds. */
  readonly dueAt: SharedArrayBuffer;
  readonly key: number;
}

const SLOTS = 1 << 16;

export function createRates(): SharedRates {
  return { dueAt: new SharedArrayBuffer(SLOTS * 8), key: randomInt(2 ** 32) };
}

/**
 * A limit per IPv4 /24 and IPv6 /56 in half a megabyte, whatever comes: a network counts in the slot that a hash under a
 * key of this process gives it. No address is kept, and nobody outside can tell who shares a slot.
 */
export class ResponseRateLimiter {
  private readonly dueAt: Float64Array;
  private readonly key: number;
  private readonly intervalMs: number;
  private readonly toleranceMs: number;

  constructor(
    { perSecond, burst }: RateLimit,
    readonly shared: SharedRates = createRates(),
  ) {
    this.dueAt = new Float64Array(shared.dueAt);
    this.key = shared.key;
    this.intervalMs = 1000 / perSecond;
    this.toleranceMs = (burst - 1) * this.intervalMs;
  }

  /** Whether one more answer may go to the address; if so, it counts. `now`: milliseconds on a clock that never goes back. */
  allows(address: Address, now: number): boolean {
    const slot = this.slotOf(address);
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
