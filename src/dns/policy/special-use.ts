// Special-use names: answered locally, because the public DNS has no answer and a query for them reveals something about the client.
import { wireName } from '../wire/name.js';
import { aaaaRecord, aRecord, nsRecord, soaRecord } from '../wire/records.js';
import { answersReply, negativeReply, type Reply } from '../wire/reply.js';
import { FLAG, RCODE, TYPE } from '../wire/wire.js';

/** Seconds (RFC 6303 section 3). */
const TTL = 10_800;

/**
 * How a zone is answered. `zone`: NXDOMAIN below its apex. `delegated`: the same, and the public tree has an unsigned
 * delegation to it. `loopback`: every name is this machine. `empty`: NODATA for every name. `canary`: the same, for a name
 * of another party.
 */
export type Treatment = 'zone' | 'delegated' | 'loopback' | 'empty' | 'canary';

/**
 * localhost, test and invalid: RFC 6761 section 6. `example` is missing because resolvers treat it like any other name (section
 * 6.5). `resolver.arpa` is empty (RFC 9462 section 6.4), because the upstream's designated resolvers would lead around the edge.
 */
const ZONES: Readonly<Record<Exclude<Treatment, 'canary'>, readonly string[]>> = {
  loopback: ['localhost'],
  empty: ['resolver.arpa'],
  zone: [
    'invalid',
    'test',
    'onion', // RFC 7686
    'local', // RFC 6762 section 22.1
  ],
  delegated: [
    'home.arpa', // RFC 8375
    ...['0', '10', '127', '168.192', '254.169'].map((zone) => `${zone}.in-addr.arpa`), // RFC 6303 section 4
    ...['2.0.192', '100.51.198', '113.0.203', '255.255.255.255'].map((zone) => `${zone}.in-addr.arpa`),
    ...range(16, 31).map((byte) => `${byte}.172.in-addr.arpa`),
    ...range(64, 127).map((byte) => `${byte}.100.in-addr.arpa`), // RFC 7793
    `${'0.'.repeat(32)}ip6.arpa`,
    `1.${'0.'.repeat(31)}ip6.arpa`,
    ...['d.f', '8.e.f', '9.e.f', 'a.e.f', 'b.e.f', '8.b.d.0.1.0.0.2'].map((zone) => `${zone}.ip6.arpa`),
  ],
};

/** All special-use zones, by name in wire format. */
export const SPECIAL_USE: readonly (readonly [Uint8Array, Treatment])[] = Object.entries(ZONES).flatMap(
  ([treatment, names]) => names.map((name) => [wireName(name), treatment as Treatment] as const),
);

/**
 * Canary names: with NODATA for them a network asks devices to use its resolver. iCloud Private Relay then stays off (Apple,
 * "Prepare your network or web server for iCloud Private Relay"), and so does the DNS over HTTPS that Firefox turns on by
 * itself (Mozilla, "Canary domain - use-application-dns.net"). Otherwise their traffic would go around MediaStreamer.
 */
export const CANARIES: readonly Uint8Array[] = [
  'mask.icloud.com',
  'mask-h2.icloud.com',
  'use-application-dns.net',
].map(wireName);

/** Seconds until devices notice a changed setting. */
const CANARY_TTL = 300;

const FLAGS = FLAG.AA | FLAG.RA;

const LOOPBACK = new Map<number, Reply>([
  [TYPE.A, answersReply(FLAGS, [aRecord('127.0.0.1', TTL)])],
  [TYPE.AAAA, answersReply(FLAGS, [aaaaRecord('::1', TTL)])],
]);
const APEX_SOA = answersReply(FLAGS, [soaRecord(0, TTL)]);
const APEX_NS = answersReply(FLAGS, [nsRecord(TTL)]);

/** Replies by the offset of the zone in the question's name; made when they are first needed. */
const noData: Reply[] = [];
const noName: Reply[] = [];
const noCanary: Reply[] = [];

/**
 * The reply to a query for a special-use name: SOA and NS at the apex of a zone, NXDOMAIN below it (RFC 6303 section 3). It
 * is authoritative, because these zones are served locally. `offset` of the zone in the question's name. Null: the query is
 * forwarded, because the parent's signed proof that there is no DS lets validating clients accept the unsigned rest (RFC
 * 8375 section 4, item 4).
 */
export function specialUseReply(treatment: Treatment, offset: number, type: number): Reply | null {
  if (type === TYPE.DS && offset === 0 && treatment === 'delegated') return null;
  if (treatment === 'loopback') return LOOPBACK.get(type) ?? noDataReply(offset);
  if (treatment === 'empty') return noDataReply(offset);
  if (treatment === 'canary') {
    // Without AA: another party is the authority.
    noCanary[offset] ??= negativeReply(RCODE.NOERROR, FLAG.RA, soaRecord(offset, CANARY_TTL));
    return noCanary[offset];
  }
  if (offset !== 0) {
    noName[offset] ??= negativeReply(RCODE.NXDOMAIN, FLAGS, soaRecord(offset, TTL));
    return noName[offset];
  }
  if (type === TYPE.SOA) return APEX_SOA;
  return type === TYPE.NS ? APEX_NS : noDataReply(offset);
}

function noDataReply(offset: number): Reply {
  noData[offset] ??= negativeReply(RCODE.NOERROR, FLAGS, soaRecord(offset, TTL));
  return noData[offset];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
