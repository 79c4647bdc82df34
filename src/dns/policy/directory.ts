// A catalogue prepared for answering: its names in one table, its relays as finished replies.

import { decodeProfile } from '../../allowlist/profile.js';
import type { Catalogue } from '../../catalogue/catalogue.js';
import type { Region } from '../../catalogue/regions.js';
import { mix } from '../../lib/hash.js';
import type { Address } from '../../lib/ip.js';
import type { HashKey } from '../../lib/siphash.js';
import { wireName } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import { aaaaRecord, aRecord, soaRecord } from '../wire/records.js';
import { answersReply, negativeReply, type Reply } from '../wire/reply.js';
import { FLAG, TYPE } from '../wire/wire.js';
import { NameTable } from './name-table.js';
import { CANARIES, SPECIAL_USE, type Treatment } from './special-use.js';

/** Seconds. Short, so that a device follows a change of its region or of a relay within a minute. */
const RELAY_TTL = 60;
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

// Kinds of names. They are bits, because one name can be of several kinds.
const STREAMING = 1;
const PORTAL = 2;
const TREATMENTS: readonly Treatment[] = ['zone', 'delegated', 'loopback', 'empty', 'canary'];
const FIRST_TREATMENT = 4;

/** HTTPS and SVCB belong to them (RFC 9460): their hints and ECH would lead around the relay. */
const ADDRESS_TYPES: readonly number[] = [TYPE.A, TYPE.AAAA, TYPE.HTTPS, TYPE.SVCB];

export class Directory {
  private readonly names: NameTable;
  private readonly portal: PortalReplies;
  private readonly regions: ReadonlyMap<string, readonly RelayReplies[]>;
  private readonly defaultRelays: readonly RelayReplies[];
  private readonly defaultId: string;
  /** The relays by profile number. */
  private byNumber: (readonly RelayReplies[])[] = [];
  /** The regions' ids, likewise. */
  private ids: string[] = [];
  /** NODATA replies by the offset of the streaming domain in the question's name; made when they are first needed. */
  private readonly noRelay: Reply[] = [];

  // What `look` has found. An offset of -1: the name is not of this kind.
  isPortal = false;
  /** The offset in the name at which the domain of a streaming service begins. */
  streamingOffset = -1;
  /** The offset at which a special-use zone begins, and how it is answered. */
  specialOffset = -1;
  treatment: Treatment = 'zone';

  /** `key` of the queries' hashes. `profiles`: those of the allowlist, by their numbers. */
  constructor(
    catalogue: Catalogue,
    key: HashKey,
    profiles: readonly string[],
    /** Whether the canary names of Private Relay and Firefox are answered here. */
    answersCanaries: boolean,
  ) {
    const { portal, services, defaultRegion } = catalogue;
    this.portal = portalReplies(portal);
    this.names = new NameTable(key);
    for (const name of portal.names) this.names.add(wireName(name), PORTAL);
    for (const { domains } of services) for (const name of domains) this.names.add(wireName(name), STREAMING);
    for (const [name, treatment] of SPECIAL_USE) {
      this.names.add(name, FIRST_TREATMENT << TREATMENTS.indexOf(treatment));
    }
    for (const name of answersCanaries ? CANARIES : []) {
      this.names.add(name, FIRST_TREATMENT << TREATMENTS.indexOf('canary'));
    }
    this.names.seal();
    this.regions = new Map(catalogue.regions.map((region) => [region.id, relayReplies(region)]));
    this.defaultRelays = this.regions.get(defaultRegion) ?? [];
    this.defaultId = defaultRegion;
    this.useProfiles(profiles);
  }

  useProfiles(profiles: readonly string[]): void {
    this.byNumber = profiles.map((profile) => this.relaysOf(profile));
    this.ids = profiles.map((profile) => this.regionIdOf(profile));
  }

  useProfile(number: number, profile: string): void {
    this.byNumber[number] = this.relaysOf(profile);
    this.ids[number] = this.regionIdOf(profile);
  }

  private relaysOf(profile: string): readonly RelayReplies[] {
    return this.regions.get(this.regionIdOf(profile)) ?? this.defaultRelays;
  }

  private regionIdOf(profile: string): string {
    const region = decodeProfile(profile)?.region ?? '';
    return this.regions.has(region) ? region : this.defaultId;
  }

  /** Finds the kinds of a query's name, by the longest suffix of each kind. */
  look(query: Query): void {
    this.isPortal = false;
    this.streamingOffset = -1;
    this.specialOffset = -1;
    for (let label = query.labelCount - 1; label >= 0; label--) {
      const kinds = this.names.get(query, label);
      if (kinds === 0) continue;
      if ((kinds & STREAMING) !== 0) this.streamingOffset = query.labels[label]!;
      // Only the portal's names themselves, not those below them.
      if (label === 0 && (kinds & PORTAL) !== 0) this.isPortal = true;
      if (kinds >= FIRST_TREATMENT) {
        this.specialOffset = query.labels[label]!;
        this.treatment = TREATMENTS[31 - Math.clz32(kinds / FIRST_TREATMENT)]!;
      }
    }
  }

  /** The id of the region to which names lead an allowed client with this profile number. */
  regionOf(number: number): string {
    return this.ids[number] ?? this.defaultId;
  }

  /** The reply to a query for one of the portal's names. */
  portalReply(type: number): Reply {
    const { a, aaaa, nothing } = this.portal;
    return type === TYPE.A ? a : type === TYPE.AAAA ? aaaa : nothing;
  }

  /**
   * The reply to an allowed client's query for the streaming name that `look` has found; null for types that lead to no
   * address. Without an address it is NODATA, never NXDOMAIN, which caches would apply to every type of the name.
   */
  relayReply(type: number, profileNumber: number, source: Address): Reply | null {
    if (!ADDRESS_TYPES.includes(type)) return null;
    const relay = this.relay(profileNumber, source);
    const reply = type === TYPE.A ? relay?.a : type === TYPE.AAAA ? relay?.aaaa : null;
    if (reply) return reply;
    const offset = this.streamingOffset;
    this.noRelay[offset] ??= negativeReply(0, FLAG.RA, soaRecord(offset, RELAY_TTL));
    return this.noRelay[offset];
  }

  /** The relay of a source: the same one for every query, as long as it is in service. */
  private relay(profileNumber: number, { words }: Address): RelayReplies | undefined {
    const relays = this.byNumber[profileNumber] ?? this.defaultRelays;
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
 * AA is clear, because recursive servers clear it in answers that come from their own policy. RA is set for unlisted clients
 * too: glibc takes an empty NOERROR without AA and RA for a referral, and does not return over TCP.
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

/** Replies of the relays in service; of all relays when none is. */
function relayReplies({ relays }: Region): RelayReplies[] {
  const inService = relays.filter((relay) => relay.inService);
  return (inService.length > 0 ? inService : relays).map((relay) => ({
    seed: seedOf(relay.ipv4),
    a: answersReply(FLAG.RA, [aRecord(relay.ipv4, RELAY_TTL)]),
    aaaa: relay.ipv6 === null ? null : answersReply(FLAG.RA, [aaaaRecord(relay.ipv6, RELAY_TTL)]),
  }));
}

/** Rendezvous hashing: the seed depends on the relay alone, so a relay that comes or goes moves only its own clients. */
function seedOf(text: string): number {
  return [...text].reduce((seed, character) => mix(character.charCodeAt(0), seed), 1);
}
