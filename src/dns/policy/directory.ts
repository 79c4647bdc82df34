// A catalogue prepared for answering: what a name is, and which relay a network gets for it.
import type { Catalogue } from '../../catalogue/catalogue.js';
import { serviceKey } from '../../catalogue/services.js';
import type { Address } from '../../lib/ip.js';
import type { Query } from '../wire/query.js';
import { soaRecord } from '../wire/records.js';
import { negativeReply, type Reply } from '../wire/reply.js';
import { FLAG, TYPE } from '../wire/wire.js';
import { CatalogueNames, matchLabel, type NameOptions, type StreamingService } from './catalogue-names.js';
import { type CatalogueNumbers, ClientProfiles, IPV4, IPV6 } from './client-profiles.js';
import type { PortalReplies } from './portal-replies.js';
import { RELAY_TTL, RegionRelays } from './region-relays.js';
import { ServerRegions } from './server-regions.js';
import type { Treatment } from './special-use.js';

/** HTTPS and SVCB belong to them (RFC 9460): their hints and ECH would lead around the relay. */
const ADDRESS_TYPES: readonly number[] = [TYPE.A, TYPE.AAAA, TYPE.HTTPS, TYPE.SVCB];

/** An allowed client, and how its query has come in. */
export interface Client {
  /** The number of its profile. */
  readonly profile: number;
  readonly server: Address;
  readonly serverName: string | null;
}

export class Directory {
  private readonly names: CatalogueNames;
  private readonly profiles: ClientProfiles;
  private readonly servers: ServerRegions;
  private readonly relays: readonly RegionRelays[];
  private readonly regionIds: readonly string[];
  private readonly defaultRegion: number;
  /** NODATA replies by the offset of the zone in the question's name; made when they are first needed. */
  private readonly noRelay: Reply[] = [];

  // What `look` has found.
  private portal: PortalReplies | null = null;
  /** The service to whose relays the name leads. */
  service: StreamingService | null = null;
  /** The offset in the name at which the domain of the service begins. */
  private serviceOffset = 0;
  /** The offset at which a special-use zone begins, and how it is answered. -1: there is none. */
  specialOffset = -1;
  treatment: Treatment = 'zone';

  /** `profiles`: those of the allowlist, by their numbers. */
  constructor(catalogue: Catalogue, options: NameOptions, profiles: readonly string[]) {
    const { regions, services } = catalogue;
    const numbers: CatalogueNumbers = {
      regions: new Map(regions.map(({ id }, index) => [id, index])),
      services: new Map([...new Set(services.map(serviceKey))].map((key, index) => [key, index])),
    };
    this.names = new CatalogueNames(catalogue, options, numbers);
    this.servers = new ServerRegions(regions);
    this.relays = regions.map((region) => new RegionRelays(region));
    this.regionIds = regions.map(({ id }) => id);
    this.defaultRegion = numbers.regions.get(catalogue.defaultRegion)!;
    this.profiles = new ClientProfiles(numbers);
    this.useProfiles(profiles);
  }

  /** Replaces all profiles. */
  useProfiles(profiles: readonly string[]): void {
    this.profiles.useAll(profiles);
  }

  /** The profile that a number has from now on. */
  useProfile(number: number, profile: string): void {
    this.profiles.use(number, profile);
  }

  /** Finds what a query's name is. The longest suffix decides, and a name itself before its suffixes. */
  look(query: Query): void {
    this.portal = null;
    this.service = null;
    this.specialOffset = -1;
    for (let label = query.labelCount - 1; label >= 0; label--) {
      const entry = this.names.get(query, label);
      if (entry === null) continue;
      const { domain, patterns, treatment } = entry;
      const offset = query.labels[label]!;
      if (domain !== null) this.lead(domain, offset);
      if (patterns !== null && label === 1) this.lead(matchLabel(patterns, query), 0);
      if (treatment !== null) {
        this.specialOffset = offset;
        this.treatment = treatment;
      }
      if (label > 0) continue;
      this.lead(entry.host, 0);
      this.portal = entry.portal;
    }
  }

  private lead(service: StreamingService | null, offset: number): void {
    if (service === null) return;
    this.service = service.isRelayed ? service : null;
    this.serviceOffset = offset;
  }

  /** Whether `look` has found one of the portal's names. */
  get isPortal(): boolean {
    return this.portal !== null;
  }

  /** The reply to a query for the portal's name that `look` has found. */
  portalReply(type: number): Reply {
    const { a, aaaa, nothing } = this.portal!;
    return type === TYPE.A ? a : type === TYPE.AAAA ? aaaa : nothing;
  }

  /**
   * The number of the region to which names lead a client: that of the DNS server which it asks, else the one that its profile
   * chooses for the service, else that of its profile, else the only one in which the service is licensed, else the default
   * region. `service`: null: of no service.
   */
  regionOf({ profile, server, serverName }: Client, service: StreamingService | null): number {
    const ofServer = this.servers.find(server, serverName);
    if (ofServer >= 0) return ofServer;
    const ofProfile = this.profiles.region(profile, service === null ? -1 : service.key);
    if (ofProfile >= 0) return ofProfile;
    return service !== null && service.licensedRegion >= 0 ? service.licensedRegion : this.defaultRegion;
  }

  regionId(region: number): string {
    return this.regionIds[region]!;
  }

  /**
   * The reply to an allowed client's query for the name of a service that `look` has found; null for types that lead to no
   * address. It has an address only of a family by which a relay would accept the client's network. Without one it is NODATA,
   * never NXDOMAIN, which caches would apply to every type of the name.
   */
  relayReply(query: Query, client: Client, source: Address): Reply | null {
    const { type } = query;
    if (!ADDRESS_TYPES.includes(type)) return null;
    const family = type === TYPE.A ? IPV4 : type === TYPE.AAAA ? IPV6 : 0;
    if ((this.profiles.families(client.profile) & family) !== 0) {
      const reply = this.relays[this.regionOf(client, this.service)]!.reply(query, source);
      if (reply !== null) return reply;
    }
    const offset = this.serviceOffset;
    this.noRelay[offset] ??= negativeReply(0, FLAG.RA, soaRecord(offset, RELAY_TTL));
    return this.noRelay[offset];
  }

  /** As `numberFor` of the region's relays. */
  relayNumber(query: Query, region: number, source: Address): number {
    return this.relays[region]!.numberFor(query, source);
  }
}
