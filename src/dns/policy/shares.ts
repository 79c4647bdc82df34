// What sources share: places for questions under way, and questions a second, so that no source takes another's.
import { type Address, prefixOf } from '../../lib/ip.js';

/** A network in which a source is counted. */
export interface Network {
  readonly key: string;
  /** How many shares of one source it may have. */
  readonly weight: number;
}

/** A source is an IPv4 address or an IPv6 /64. Providers give one customer a /56 or a /48, which holds thousands of those. */
const NETWORKS: Record<Address['family'], readonly { length: number; weight: number }[]> = {
  4: [{ length: 32, weight: 1 }],
  6: [
    { length: 64, weight: 1 },
    { length: 56, weight: 2 },
    { length: 48, weight: 4 },
  ],
};

export function networksOf(source: Address): readonly Network[] {
  return NETWORKS[source.family].map(({ length, weight }) => ({
    key: prefixOf(source, length).text,
    weight,
  }));
}

/** Gives a place back; to be called once. */
export type Leave = () => void;

/** Of the free places, this share may be one source's: alone it has a fifth of all of them, and leaves some to others. */
const SHARE_OF_FREE = 1 / 4;
/** So many places a source has for as long as any is free. */
const FEW = 8;

/**
 * Places of which a source may have a part of those that are free (a dynamic threshold: Choudhury and Hahne 1998). The
 * more are taken, the fewer a source with many gets, while one with few goes on.
 */
export class Shares {
  private taken = 0;
  private readonly ofNetwork = new Map<string, number>();

  constructor(private readonly places: number) {}

  /** Null: there is no place for the source. */
  enter(networks: readonly Network[]): Leave | null {
    const free = this.places - this.taken;
    if (free <= 0) return null;
    for (const { key, weight } of networks) {
      const most = Math.max(FEW, free * SHARE_OF_FREE) * weight;
      if ((this.ofNetwork.get(key) ?? 0) >= most) return null;
    }
    this.count(networks, 1);
    return () => this.count(networks, -1);
  }

  private count(networks: readonly Network[], change: 1 | -1): void {
    this.taken += change;
    for (const { key } of networks) {
      const left = (this.ofNetwork.get(key) ?? 0) + change;
      if (left > 0) this.ofNetwork.set(key, left);
      else this.ofNetwork.delete(key);
    }
  }
}

/** How many networks are looked at, each time, for whether they are to be forgotten. */
const LOOKED_AT = 4;

/** How often a source may do something, counted for each source alone (GCRA). */
export class SourceRates {
  /** Per network, when what it has done would have been due at the steady rate, in milliseconds. */
  private readonly dueAt = new Map<string, number>();
  private readonly intervalMs: number;

  /** `perSecond` 0: there is no limit. */
  constructor(private readonly limit: { readonly perSecond: number; readonly burst: number }) {
    this.intervalMs = limit.perSecond === 0 ? 0 : 1000 / limit.perSecond;
  }

  /** Whether the source may do it once more; if so, it counts. `now`: milliseconds on a clock that never goes back. */
  allows(networks: readonly Network[], now: number): boolean {
    if (this.intervalMs === 0) return true;
    this.forget(now);
    for (const { key, weight } of networks) {
      const toleranceMs = (this.limit.burst - 1 / weight) * this.intervalMs;
      if ((this.dueAt.get(key) ?? now) - now > toleranceMs) return false;
    }
    for (const { key, weight } of networks) {
      this.dueAt.set(key, Math.max(this.dueAt.get(key) ?? now, now) + this.intervalMs / weight);
    }
    return true;
  }

  /** Those that have done nothing for a while go, a few at a time: nobody is remembered for longer than their limit needs. */
  private forget(now: number): void {
    let looked = 0;
    for (const [key, dueAt] of this.dueAt) {
      if (looked++ === LOOKED_AT) return;
      this.dueAt.delete(key);
      if (dueAt > now) this.dueAt.set(key, dueAt);
    }
  }
}
