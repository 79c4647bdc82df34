// Check names and self names: a device learns from their answers whether it uses this node, and how. Nothing is stored for them.

import type { Portal } from '../../catalogue/regions.js';
import { type Address, formatAddress } from '../../lib/ip.js';
import type { HashKey } from '../../lib/siphash.js';
import { setUint32, wireName } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import { aaaaRecord, aRecord, nsRecord, soaRecord, txtRecord } from '../wire/records.js';
import { answersReply, bareReply, negativeReply, type Reply } from '../wire/reply.js';
import { FLAG, RCODE, TYPE } from '../wire/wire.js';
import { NameTable } from './name-table.js';

/** What is true of a query for a check name, and of the client that sends it. */
export interface QueryFacts {
  source: Address;
  /** The address of this node to which the query was sent; all zeros where that is not known. */
  server: Address;
  transport: string;
  /** Null: the node has no allowlist. */
  isListed: boolean | null;
  /** Seconds since the allowlist was last known to be current. */
  allowlistAge: number;
  /** The region to which the names of a service without a region of its own lead; null: the client is unlisted. */
  region: string | null;
  /** The number of the relay to which the name would lead, as in RegionRelays; 0: none. */
  relay: number;
  /** Of a status with a name before it: the id of the service to which that name belongs, or `none`. Region and relay are the name's. */
  service: string | null;
}

/**
 * How the page of a node's counts is reached. `asked`: at the address to which the query was sent. Null: the node has none.
 */
export type LiveAddresses = { readonly ipv4: string | null; readonly ipv6: string | null } | 'asked' | null;

/** The labels of facts. A fact of a region is `region-` and its id. */
const FACTS = ['ours', 'listed', 'udp', 'tcp', 'dot', 'doh', 'v4', 'v6', 'stale'] as const;
type Fact = (typeof FACTS)[number];
const REGION = 'region-';

/** Seconds after which an allowlist is stale. A node that follows Redis compares every second. */
const STALE_SECONDS = 60;

// Values in the table of names. What follows LIVE are facts, and then regions.
const CHECK_ZONE = 1;
const HOME_ZONE = 2;
const STATUS = 3;
const LIVE = 4;
const FIRST_FACT = 5;
const FIRST_REGION = FIRST_FACT + FACTS.length;

/** Authoritative, because both zones are served by these nodes; RA as for every other answer. */
const FLAGS = FLAG.AA | FLAG.RA;
/** Every answer is about one query. */
const TTL = 0;

const APEX_SOA = answersReply(FLAGS, [soaRecord(0, TTL)]);
const APEX_NS = answersReply(FLAGS, [nsRecord(TTL)]);
/** Without the SOA, which has no room in an answer that may not be longer than its query. It is not cached (RFC 2308 section 5). */
const NO_NAME_BRIEF = bareReply(RCODE.NXDOMAIN, FLAGS);

/** Replies by the offset of the zone in the question's name; made when they are first needed. */
const noData: Reply[] = [];
const noName: Reply[] = [];

export class CheckNames {
  private readonly names: NameTable;
  /** The number of labels of each zone. */
  private readonly zoneLabels: number;
  private readonly regions: readonly string[];
  private readonly positiveA: Reply | null;
  private readonly positiveAaaa: Reply | null;
  private readonly liveA: Reply | null;
  private readonly liveAaaa: Reply | null;
  /** Each is filled in and sent at once. */
  private readonly ownA = answersReply(FLAGS, [aRecord('0.0.0.0', TTL)]);
  private readonly ownAaaa = answersReply(FLAGS, [aaaaRecord('::', TTL)]);

  /** `regions`: the ids of all regions. `key`: of the queries' hashes. */
  constructor(
    portal: Portal,
    regions: readonly string[],
    key: HashKey,
    private readonly live: LiveAddresses,
  ) {
    const first = portal.names[0]!;
    const check = `check.${first}`;
    this.zoneLabels = check.split('.').length;
    this.regions = regions;
    this.names = new NameTable(key);
    const add = (name: string, value: number) => this.names.add(wireName(name), value);
    add(check, CHECK_ZONE);
    add(`home.${first}`, HOME_ZONE);
    add(`status.${check}`, STATUS);
    if (live !== null) add(`live.${check}`, LIVE);
    for (const [index, fact] of FACTS.entries()) add(`${fact}.${check}`, FIRST_FACT + index);
    for (const [index, region] of regions.entries()) {
      add(`${REGION}${region}.${check}`, FIRST_REGION + index);
    }
    this.names.seal();
    const { ipv4, ipv6 } = portal.check ?? portal;
    this.positiveA = addressReply(ipv4, aRecord);
    this.positiveAaaa = addressReply(ipv6, aaaaRecord);
    const fixed = live === null || live === 'asked' ? { ipv4: null, ipv6: null } : live;
    this.liveA = addressReply(fixed.ipv4 === null ? [] : [fixed.ipv4], aRecord);
    this.liveAaaa = addressReply(fixed.ipv6 === null ? [] : [fixed.ipv6], aaaaRecord);
  }

  /** Whether the query's name is one of these zones or below it. */
  has(query: Query): boolean {
    return query.labelCount >= this.zoneLabels && this.zoneOf(query) !== 0;
  }

  /**
   * The reply to a query for whose name `has` is true. Null: the query is about the parent zone, which proves that there is no
   * DS (RFC 4035 section 3.1.4.1). `isBrief`: an answer without address is not longer than its query.
   */
  reply(query: Query, facts: QueryFacts, isBrief: boolean): Reply | null {
    const above = query.labelCount - this.zoneLabels;
    const offset = query.labels[above]!;
    if (above === 0) {
      if (query.type === TYPE.DS) return null;
      if (query.type === TYPE.SOA) return APEX_SOA;
      return query.type === TYPE.NS ? APEX_NS : noDataReply(offset);
    }
    if (this.zoneOf(query) === HOME_ZONE) return this.selfReply(query, facts) ?? noDataReply(offset);
    const value = this.names.get(query, above - 1);
    if (!this.exists(value, facts, above === 1)) return isBrief ? NO_NAME_BRIEF : noNameReply(offset);
    return this.checkReply(value, query, facts, above === 1) ?? noDataReply(offset);
  }

  /** The name before `status.`, in wire format without its root: `www.example.com` of `www.example.com.status.check…`. Null: none. */
  nameBeforeStatus(query: Query): Uint8Array | null {
    const above = query.labelCount - this.zoneLabels;
    if (above < 2 || this.names.get(query, above - 1) !== STATUS) return null;
    return query.name.slice(0, query.labels[above - 1]!);
  }

  private zoneOf(query: Query): number {
    return this.names.get(query, query.labelCount - this.zoneLabels);
  }

  /** `isItself`: the query's name is the one with this value, and not below it. A name with names below it exists (RFC 8020). */
  private exists(value: number, facts: QueryFacts, isItself: boolean): boolean {
    if (value < FIRST_FACT) return value === STATUS || (value !== 0 && isItself);
    return isItself || this.holds(value, facts);
  }

  /** Null: the name has nothing of the type. */
  private checkReply(value: number, { type }: Query, facts: QueryFacts, isItself: boolean): Reply | null {
    if (value === STATUS) return type === TYPE.TXT ? statusReply(facts) : null;
    if (value === LIVE) return this.liveReply(type, facts);
    if (isItself) return null;
    return type === TYPE.A ? this.positiveA : type === TYPE.AAAA ? this.positiveAaaa : null;
  }

  private holds(value: number, facts: QueryFacts): boolean {
    if (value >= FIRST_REGION) return facts.region === this.regions[value - FIRST_REGION];
    const fact: Fact = FACTS[value - FIRST_FACT]!;
    if (fact === 'ours') return true;
    if (fact === 'listed') return facts.isListed === true;
    if (fact === 'v4' || fact === 'v6') return facts.source.family === (fact === 'v4' ? 4 : 6);
    if (fact === 'stale') return facts.isListed === null || facts.allowlistAge > STALE_SECONDS;
    return facts.transport === fact;
  }

  /** The client's own address. Null: it is unlisted, or asks for another type or family. */
  private selfReply({ type }: Query, { source, isListed }: QueryFacts): Reply | null {
    return isListed === true ? this.addressIn(type, source) : null;
  }

  private liveReply(type: number, { server }: QueryFacts): Reply | null {
    if (this.live !== 'asked') {
      return type === TYPE.A ? this.liveA : type === TYPE.AAAA ? this.liveAaaa : null;
    }
    return server.words.every((word) => word === 0) ? null : this.addressIn(type, server);
  }

  /** Null: the address is of another family than the type. */
  private addressIn(type: number, { family, words }: Address): Reply | null {
    if (type !== (family === 4 ? TYPE.A : TYPE.AAAA)) return null;
    const reply = family === 4 ? this.ownA : this.ownAaaa;
    const { records } = reply;
    const start = records.length - words.length * 4;
    for (let i = 0; i < words.length; i++) setUint32(records, start + i * 4, words[i]!);
    return reply;
  }
}

function addressReply(
  addresses: readonly string[],
  record: (address: string, ttl: number) => Buffer,
): Reply | null {
  if (addresses.length === 0) return null;
  return answersReply(
    FLAGS,
    addresses.map((each) => record(each, TTL)),
  );
}

function noDataReply(offset: number): Reply {
  noData[offset] ??= negativeReply(RCODE.NOERROR, FLAGS, soaRecord(offset, TTL));
  return noData[offset];
}

function noNameReply(offset: number): Reply {
  noName[offset] ??= negativeReply(RCODE.NXDOMAIN, FLAGS, soaRecord(offset, TTL));
  return noName[offset];
}

/** All facts about the query, for a person to read; the only reply that is made for each query. */
function statusReply({
  source,
  server,
  transport,
  isListed,
  allowlistAge,
  region,
  relay,
  service,
}: QueryFacts): Reply {
  const texts = [
    `listed=${isListed === null ? 'unknown' : isListed ? 'yes' : 'no'}`,
    ...(service === null ? [] : [`service=${service}`]),
    ...(region === null ? [] : [`region=${region}`]),
    `transport=${transport}`,
    `family=${source.family}`,
    ...(server.words.every((word) => word === 0) ? [] : [`server=${formatAddress(server)}`]),
    ...(relay === 0 ? [] : [`relay=${relay}`]),
    `allowlist-age=${Math.floor(allowlistAge)}s`,
  ];
  return answersReply(FLAGS, [txtRecord(texts.join(' '), TTL)]);
}
