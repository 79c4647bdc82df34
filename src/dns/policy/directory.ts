// A catalogue made ready for answering: its names in one table, its relays as finished replies.

import type { Catalogue, Region } from '../../catalogue/catalogue.js';
import { type HashKey, mix } from '../../lib/hash.js';
import type { Address } from '../../lib/ip.js';
import { wireName } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import { aaaaRecord, aRecord, soaRecord } from '../wire/records.js';
import { answersReply, negativeReply, type Reply } from '../wire/reply.js';
import { FLAG, TYPE } from '../wire/wire.js';
import { NameTable } from './name-table.js';
import { CANARIES, SPECIAL_USE, type Treatment } from './special-use.js';

/** Short, so that a device follows a change of its region or a failed relay within a minute. */
const MEDIA_TTL = 60;
const PORTAL_TTL = 300;

interface RelayReplies {
  readonly seed: number;
  readonly a: Reply;
  readonly aaaa: Reply | null;
}

interface PortalReplies {
  readonly a: Reply;
  readonly aaaa: Reply;
  readonly nothing: Reply;
}

// What a name is; bits, since one name can be several things.
const MEDIA = 1;
const PORTAL = 2;
const TREATMENTS: readonly Treatment[] = ['zone', 'delegated', 'loopback', 'empty', 'canary'];
const FIRST_TREATMENT = 4;

/** HTTPS and SVCB among them (RFC 9460): their hints and ECH would lead around the relay. */
const ADDRESS_TYPES: readonly number[] = [TYPE.A, TYPE.AAAA, TYPE.HTTPS, TYPE.SVCB];

export class Directory {
  private readonly names: NameTable;
  private readonly portal: PortalReplies;
  private readonly regions: ReadonlyMap<string, readonly RelayReplies[]>;
  private readonly defaultRelays: readonly RelayReplies[];
  /** The relays by the number of a region; without number 0. */
  private byNumber: (readonly RelayReplies[])[] = [];
  /** NODATA by where in the question's name the streaming domain begins; made when they are first needed. */
  private readonly noMedia: Reply[] = [];

  // What `look` has found; -1: the name is none.
  isPortal = false;
  /** Where in the name the domain of a streaming service begins. */
  mediaOffset = -1;
  /** Where in the name a special-use zone begins, and what is to be done with it. */
  specialOffset = -1;
  treatment: Treatment = 'zone';

  /** `key`: that of the queries. `regions`: what the numbers stand for that the allowlist gives. */
  constructor(
    catalogue: Catalogue,
    key: HashKey,
    regions: readonly string[],
    /** Whether the names by which Private Relay and Firefox ask to be kept off are answered here. */
    answersCanaries: boolean,
  ) {
    const { portal, services, defaultRegion } = catalogue;
    this.portal = portalReplies(portal);
    this.names = new NameTable(key);
    for (const name of portal.names) this.names.add(wireName(name), PORTAL);
    for (const { domains } of services) for (const name of domains) this.names.add(wireName(name), MEDIA);
    for (const [name, treatment] of SPECIAL_USE) {
      this.names.add(name, FIRST_TREATMENT << TREATMENTS.indexOf(treatment));
    }
    for (const name of answersCanaries ? CANARIES : []) {
      this.names.add(name, FIRST_TREATMENT << TREATMENTS.indexOf('canary'));
    }
    this.names.seal();
    this.regions = new Map(catalogue.regions.map((region) => [region.id, relayReplies(region)]));
    this.defaultRelays = this.regions.get(defaultRegion) ?? [];
    this.useRegions(regions);
  }

  useRegions(regions: readonly string[]): void {
    this.byNumber = regions.map((region) => this.regions.get(region) ?? this.defaultRelays);
  }

  /** Finds what a name is, by its longest suffixes. */
  look(query: Query): void {
    this.isPortal = false;
    this.mediaOffset = -1;
    this.specialOffset = -1;
    for (let label = query.labelCount - 1; label >= 0; label--) {
      const kinds = this.names.get(query, label);
      if (kinds === 0) continue;
      if ((kinds & MEDIA) !== 0) this.mediaOffset = query.labels[label]!;
      // Only the portal's names themselves, not those below them.
      if (label === 0 && (kinds & PORTAL) !== 0) this.isPortal = true;
      if (kinds >= FIRST_TREATMENT) {
        this.specialOffset = query.labels[label]!;
        this.treatment = TREATMENTS[31 - Math.clz32(kinds / FIRST_TREATMENT)]!;
      }
    }
  }

  portalReply(type: number): Reply {
    const { a, aaaa, nothing } = this.portal;
    return type === TYPE.A ? a : type === TYPE.AAAA ? aaaa : nothing;
  }

  /**
   * What a listed source gets for the streaming name that `look` has found; null for types that lead to no address.
   * Without an address NODATA, never NXDOMAIN, which a cache would take for the whole name.
   */
  mediaReply(type: number, regionNumber: number, source: Address): Reply | null {
    if (!ADDRESS_TYPES.includes(type)) return null;
    const relay = this.relay(regionNumber, source);
    const reply = type === TYPE.A ? relay?.a : type === TYPE.AAAA ? relay?.aaaa : null;
    if (reply) return reply;
    const offset = this.mediaOffset;
    this.noMedia[offset] ??= negativeReply(0, FLAG.RA, soaRecord(offset, MEDIA_TTL));
    return this.noMedia[offset];
  }

  /** The relay for a source: always the same one, as long as that one is in service. */
  private relay(regionNumber: number, { words }: Address): RelayReplies | undefined {
    const relays = this.byNumber[regionNumber] ?? this.defaultRelays;
    // IPv6 by its /64, like the allowlist: privacy addresses change daily.
    const household = words.length === 1 ? words[0]! : mix(words[1]!, words[0]!);
    let chosen: RelayReplies | undefined;
    let highest = -1;
    for (let i = 0; i < relays.length; i++) {
      const weight = mix(household, relays[i]!.seed);
      if (weight <= highest) continue;
      chosen = relays[i];
      highest = weight;
    }
    return chosen;
  }
}

/**
 * AA stays clear: the zone belongs to somebody else, and recursive servers that answer from their own policy clear it. RA is set
 * for everybody, because glibc takes an empty NOERROR without either of them for a referral, and never comes over TCP.
 */
function portalReplies({ ipv4, ipv6 }: Catalogue['portal']): PortalReplies {
  const nothing = negativeReply(0, FLAG.RA, soaRecord(0, PORTAL_TTL));
  const of = (records: readonly Uint8Array[]) =>
    records.length > 0 ? answersReply(FLAG.RA, records) : nothing;
  return {
    a: of(ipv4.map((each) => aRecord(each, PORTAL_TTL))),
    aaaa: of(ipv6.map((each) => aaaaRecord(each, PORTAL_TTL))),
    nothing,
  };
}

/** Of the relays in service; of all, when none is. */
function relayReplies({ relays }: Region): RelayReplies[] {
  const inService = relays.filter((relay) => relay.inService);
  return (inService.length > 0 ? inService : relays).map((relay) => ({
    seed: seedOf(relay.ipv4),
    a: answersReply(FLAG.RA, [aRecord(relay.ipv4, MEDIA_TTL)]),
    aaaa: relay.ipv6 === null ? null : answersReply(FLAG.RA, [aaaaRecord(relay.ipv6, MEDIA_TTL)]),
  }));
}

/** Depends on the relay alone, so that one that comes or goes moves only its own clients (rendezvous hashing). */
function seedOf(text: string): number {
  return [...text].reduce((seed, character) => mix(character.charCodeAt(0), seed), 1);
}
