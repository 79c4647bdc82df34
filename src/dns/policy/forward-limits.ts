// Forward limits: how many queries of one source are in flight and forwarded per second, so that no source takes another's part.
import { type Address, prefixOf } from '../../lib/ip.js';

/** A network in which a source is counted. */
export interface SourcePrefix {
  readonly key: string;
  /** How many times the limit of one source it has. */
  readonly weight: number;
}

/** A source is an IPv4 address or an IPv6 /64. Providers assign a /56 or a /48 to one customer, which has thousands of /64. */
const PREFIXES: Record<Address['family'], readonly { length: number; weight: number }[]> = {
  4: [{ length: 32, weight: 1 }],
  6: [
    { length: 64, weight: 1 },
    { length: 56, weight: 2 },
    { length: 48, weight: 4 },
  ],
};

/** The prefixes in which a source is counted. */
export function prefixesOf(source: Address): readonly SourcePrefix[] {
  return PREFIXES[source.family].map(({ length, weight }) => ({
    key: prefixOf(source, length).text,
    weight,
  }));
}

/** Ends the query that was admitted; to be called once. */
export type Leave = () => void;

/** The part of the free capacity that one source may use. A single source so gets a fifth of all of it. */
const PART_OF_FREE = 1 / 4;
/** Queries that a source may have in flight as long as there is free capacity. */
const GUARANTEED = 8;

/**
 * A limit on queries in flight with a dynamic threshold (Choudhury and Hahne 1998): each source may use a part of what is
 * free. The more is in use, the less a source with many queries gets, while one with few is not limited.
 */
export class ConcurrencyLimit {
  private inFlight = 0;
  private readonly ofPrefix = new Map<string, number>();

  constructor(private readonly capacity: number) {}

  /** Admits a query. Null: the source or the whole has reached its limit. */
  enter(prefixes: readonly SourcePrefix[]): Leave | null {
    const free = this.capacity - this.inFlight;
    if (free <= 0) return null;
    for (const { key, weight } of prefixes) {
      const most = Math.max(GUARANTEED, free * PART_OF_FREE) * weight;
      if ((this.ofPrefix.get(key) ?? 0) >= most) return null;
    }
    this.count(prefixes, 1);
    return () => this.count(prefixes, -1);
  }

  private count(prefixes: readonly SourcePrefix[], change: 1 | -1): void {
    this.inFlight += change;
    for (const { key } of prefixes) {
      const left = (this.ofPrefix.get(key) ?? 0) + change;
      if (left > 0) this.ofPrefix.set(key, left);
      else this.ofPrefix.delete(key);
    }
  }
}

/** How many prefixes each call checks for expiry. */
const CHECKED_PER_CALL = 4;

/** A rate limit for each source and its prefixes (GCRA). */
export class SourceRates {
  /** Per prefix, the theoretical arrival time of its next query in milliseconds. */
  private readonly dueAt = new Map<string, number>();
  private readonly intervalMs: number;

  /** `perSecond` 0: no limit. */
  constructor(private readonly limit: { readonly perSecond: number; readonly burst: number }) {
    this.intervalMs = limit.perSecond === 0 ? 0 : 1000 / limit.perSecond;
  }

  /** Whether the source is within its limit; if so, the query is counted. `now`: milliseconds on a monotonic clock. */
  allows(prefixes: readonly SourcePrefix[], now: number): boolean {
    if (this.intervalMs === 0) return true;
    this.forget(now);
    for (const { key, weight } of prefixes) {
      const toleranceMs = (this.limit.burst - 1 / weight) * this.intervalMs;
      if ((this.dueAt.get(key) ?? now) - now > toleranceMs) return false;
    }
    for (const { key, weight } of prefixes) {
      this.dueAt.set(key, Math.max(this.dueAt.get(key) ?? now, now) + this.intervalMs / weight);
    }
    return true;
  }

  /** Forgets prefixes without recent queries, a few at a time: none is remembered for longer than its limit needs. */
  private forget(now: number): void {
    let checked = 0;
    for (const [key, dueAt] of this.dueAt) {
      if (checked++ === CHECKED_PER_CALL) return;
      this.dueAt.delete(key);
      if (dueAt > now) this.dueAt.set(key, dueAt);
    }
  }
}
