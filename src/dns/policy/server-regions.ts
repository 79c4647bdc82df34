// Regions with DNS servers of their own: which one a query chooses by the address or the name to which it was sent.
import type { Region } from '../../catalogue/regions.js';
import { mix } from '../../lib/hash.js';
import { type Address, parseAddress } from '../../lib/ip.js';

interface Server {
  readonly words: readonly number[];
  readonly region: number;
}

/** Regions by their positions in the list. A lookup allocates nothing. */
export class ServerRegions {
  /** By the hash of the address. */
  private readonly servers = new Map<number, Server[]>();
  private readonly names = new Map<string, number>();

  constructor(regions: readonly Region[]) {
    for (const [region, { dnsServers, dnsNames }] of regions.entries()) {
      for (const text of dnsServers) this.add(parseAddress(text)!, region);
      for (const name of dnsNames) this.names.set(name, region);
    }
  }

  private add({ words }: Address, region: number): void {
    const hash = hashOf(words);
    this.servers.set(hash, [...(this.servers.get(hash) ?? []), { words, region }]);
  }

  /** -1: none. The name decides before the address, because several names may lead to one address. */
  find(address: Address, name: string | null): number {
    const named = name === null ? undefined : this.names.get(name);
    if (named !== undefined) return named;
    if (this.servers.size === 0) return -1;
    const servers = this.servers.get(hashOf(address.words));
    if (servers === undefined) return -1;
    for (let i = 0; i < servers.length; i++) {
      if (areEqual(servers[i]!.words, address.words)) return servers[i]!.region;
    }
    return -1;
  }
}

/** A signed word, which a Map finds without allocating. */
function hashOf(words: readonly number[]): number {
  let hash = 0;
  for (let i = 0; i < words.length; i++) hash = mix(words[i]!, hash);
  return hash | 0;
}

function areEqual(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
