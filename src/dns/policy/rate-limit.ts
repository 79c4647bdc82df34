// Response rate limiting (RRL): a limit on the datagrams of each source. Sources can be forged, so it must not reveal who is allowed.
import { randomFillSync } from 'node:crypto';
import type { Address } from '../../lib/ip.js';
import { halfSipHash } from '../../lib/siphash.js';

export interface RateLimit {
  /** Datagrams per second and source. */
  readonly perSecond: number;
  /** Datagrams at once after a pause. */
  readonly burst: number;
}

/** The memory in which all threads count. */
export interface SharedRates {
  /** Two numbers per slot: the hash of the source that it counts, and the theoretical arrival time (GCRA) in milliseconds. */
  readonly sources: SharedArrayBuffer;
  /** One byte per slot: 1 when the last datagram over the limit has slipped. */
  readonly slips: SharedArrayBuffer;
  /** The key of the hash. */
  readonly key: readonly [number, number];
}

/** The state of a source at one datagram. Over the limit every second datagram slips: it gets a truncated response. */
export const RATE = { WITHIN: 0, SLIP: 1, OVER: 2 } as const;
export type Rate = (typeof RATE)[keyof typeof RATE];

/** A power of two. */
const SLOTS = 1 << 16;
/** Sources are assigned to new slots after this time, so that it is not worth finding out who shares one. */
const PERIOD_MS = 60_000;

/** Allocates the memory of a limit. `slots`: a power of two. */
export function createRates(slots = SLOTS): SharedRates {
  const [low = 0, high = 0] = randomFillSync(new Int32Array(2));
  return {
    sources: new SharedArrayBuffer(slots * 2 * Float64Array.BYTES_PER_ELEMENT),
    slips: new SharedArrayBuffer(slots),
    key: [low, high],
  };
}

/**
 * A limit per IPv4 address and IPv6 /64, in about a megabyte, however many sources there are. All datagrams are counted
 * before access control, and the count of one source never limits another: a slot counts one source at a time, and datagrams
 * of a second one are not counted until the first has paused for long enough. So neither a client that forges a customer's
 * address nor a neighbour of the customer learns anything from it (decision 0050).
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

  /** Counts a datagram. `now`: milliseconds on a monotonic clock. */
  take(source: Address, now: number): Rate {
    const { sources, slips } = this;
    const hash = this.hashOf(source, now);
    const slot = hash & this.mask;
    const at = slot * 2;
    let dueAt = sources[at + 1]!;
    if (dueAt <= now) dueAt = now;
    else if (sources[at] !== hash) return RATE.WITHIN;
    if (sources[at] !== hash) {
      sources[at] = hash;
      slips[slot] = 0;
    }
    if (dueAt - now <= this.toleranceMs) {
      sources[at + 1] = dueAt + this.intervalMs;
      return RATE.WITHIN;
    }
    slips[slot]! ^= 1;
    return slips[slot] === 1 ? RATE.SLIP : RATE.OVER;
  }

  /** Whether the next datagram of the source would exceed the limit. Counts nothing. */
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
