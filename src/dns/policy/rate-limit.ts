// A limit on the datagrams of each source. Anybody can write any source on a datagram, so the limit must not show who is listed.
import { randomFillSync } from 'node:crypto';
import type { Address } from '../../lib/ip.js';
import { halfSipHash } from '../../lib/siphash.js';

export interface RateLimit {
  /** Datagrams per second and source. */
  readonly perSecond: number;
  /** Datagrams at once, after a silence. */
  readonly burst: number;
}

/** What another thread needs to count in the same limits. */
export interface SharedRates {
  /** Per slot two numbers: the hash of the source that it counts, and when its datagrams so far would have been due (GCRA), in milliseconds. */
  readonly sources: SharedArrayBuffer;
  /** Per slot: 1 when the last datagram over the limit was let through. */
  readonly slips: SharedArrayBuffer;
  /** Of the hash. */
  readonly key: readonly [number, number];
}

/** What becomes of a datagram. Over the limit, every second one slips through. */
export const VERDICT = { WITHIN: 0, SLIP: 1, OVER: 2 } as const;
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT];

/** A power of two. */
const SLOTS = 1 << 16;
/** Every source gets another slot so often: who shares one is not worth finding out. */
const PERIOD_MS = 60_000;

export function createRates(slots = SLOTS): SharedRates {
  const [low = 0, high = 0] = randomFillSync(new Int32Array(2));
  return {
    sources: new SharedArrayBuffer(slots * 2 * Float64Array.BYTES_PER_ELEMENT),
    slips: new SharedArrayBuffer(slots),
    key: [low, high],
  };
}

/**
 * A limit per IPv4 address and IPv6 /64, in about a megabyte, whatever comes. All datagrams count alike, before anybody has looked
 * whether their source is listed, and the count of one source never changes the verdict on another: a slot counts one
 * source at a time, and the datagrams of a second one go uncounted until the first has been silent for long enough. So neither
 * who forges a customer's address nor a customer's neighbour learns anything (decision 0050).
 */
export class SourceLimiter {
  private readonly sources: Float64Array;
  private readonly slips: Uint8Array;
  private readonly mask: number;
  private readonly intervalMs: number;
  private readonly toleranceMs: number;

  constructor(
    { perSecond, burst }: RateLimit,
    readonly shared: SharedRates = createRates(),
  ) {
    this.sources = new Float64Array(shared.sources);
    this.slips = new Uint8Array(shared.slips);
    this.mask = this.slips.length - 1;
    this.intervalMs = 1000 / perSecond;
    this.toleranceMs = (burst - 1) * this.intervalMs;
  }

  /** Counts a datagram. `now`: milliseconds on a clock that never goes back. */
  take(source: Address, now: number): Verdict {
    const { sources, slips } = this;
    const hash = this.hashOf(source, now);
    const slot = hash & this.mask;
    const at = slot * 2;
    let dueAt = sources[at + 1]!;
    if (dueAt <= now) dueAt = now;
    else if (sources[at] !== hash) return VERDICT.WITHIN;
    if (sources[at] !== hash) {
      sources[at] = hash;
      slips[slot] = 0;
    }
    if (dueAt - now <= this.toleranceMs) {
      sources[at + 1] = dueAt + this.intervalMs;
      return VERDICT.WITHIN;
    }
    slips[slot]! ^= 1;
    return slips[slot] === 1 ? VERDICT.SLIP : VERDICT.OVER;
  }

  /** Whether the next datagram of the source would be over the limit. Counts nothing. */
  isOver(source: Address, now: number): boolean {
    const hash = this.hashOf(source, now);
    const at = (hash & this.mask) * 2;
    return this.sources[at] === hash && this.sources[at + 1]! - now > this.toleranceMs;
  }

  private hashOf({ family, words }: Address, now: number): number {
    const [low, high] = this.shared.key;
    const period = Math.floor(now / PERIOD_MS);
    return family === 4
      ? halfSipHash(low, high, words[0]!, 0, period * 2)
      : halfSipHash(low, high, words[0]!, words[1]!, period * 2 + 1);
  }
}
