// A catalogue made ready for answering: its names in wire format, its relays as records.
import type { Address } from '../allowlist/address.js';
import type { Catalogue, Region } from '../catalogue/catalogue.js';
import { NameMap, type WireName, wireName } from './name.js';
import { mix } from './rate-limit.js';
import { aaaaRecord, aRecord } from './records.js';

/** Short, so that a device follows a change of its region or a failed relay within a minute. */
export const MEDIA_TTL = 60;
export const PORTAL_TTL = 300;

interface RelayRecords {
  readonly seed: number;
  readonly a: Buffer;
  readonly aaaa: Buffer | null;
}

export interface PortalRecords {
  readonly a: readonly Buffer[];
  readonly aaaa: readonly Buffer[];
}

export class Directory {
  readonly portal: PortalRecords;
  private readonly portalNames = new NameMap<true>();
  private readonly mediaNames = new NameMap<true>();
  private readonly regions: ReadonlyMap<string, readonly RelayRecords[]>;
  private readonly defaultRelays: readonly RelayRecords[];

  constructor(catalogue: Catalogue) {
    const { portal, services, regions, defaultRegion } = catalogue;
    this.portal = {
      a: portal.ipv4.map((ipv4) => aRecord(ipv4, PORTAL_TTL)),
      aaaa: portal.ipv6.map((ipv6) => aaaaRecord(ipv6, PORTAL_TTL)),
    };
    for (const name of portal.names) this.portalNames.set(wireName(name), true);
    for (const domain of services.flatMap((service) => service.domains)) {
      this.mediaNames.set(wireName(domain), true);
    }
    this.regions = new Map(regions.map((region) => [region.id, relayRecords(region)]));
    this.defaultRelays = this.regions.get(defaultRegion) ?? [];
  }

  /** Only the portal's names themselves, not those below them. */
  isPortal(name: WireName): boolean {
    return this.portalNames.get(name) !== undefined;
  }

  /** Where in the name the domain of a streaming service begins, or undefined when it is in none. */
  mediaDomain(name: WireName): number | undefined {
    return this.mediaNames.findSuffix(name)?.offset;
  }

  /** The relay for a source: always the same one, as long as that one is in service. */
  relay(region: string, source: Address): RelayRecords | undefined {
    const relays = this.regions.get(region) ?? this.defaultRelays;
    const { words } = source;
    // IPv6 by its /64, like the allowlist: privacy addresses change daily.
    const household = words.length === 1 ? words[0]! : mix(words[1]!, words[0]!);
    let chosen: RelayRecords | undefined;
    let highest = -1;
    for (const relay of relays) {
      const weight = mix(household, relay.seed);
      if (weight <= highest) continue;
      chosen = relay;
      highest = weight;
    }
    return chosen;
  }
}

/** Of the relays in service; of all, when none is. */
function relayRecords({ relays }: Region): RelayRecords[] {
  const inService = relays.filter((relay) => relay.inService);
  return (inService.length > 0 ? inService : relays).map((relay) => ({
    seed: seedOf(relay.ipv4),
    a: aRecord(relay.ipv4, MEDIA_TTL),
    aaaa: relay.ipv6 === null ? null : aaaaRecord(relay.ipv6, MEDIA_TTL),
  }));
}

/** Depends on the relay alone, so that one that comes or goes moves only its own clients (rendezvous hashing). */
function seedOf(text: string): number {
  return [...text].reduce((seed, character) => mix(character.charCodeAt(0), seed), 1);
}
