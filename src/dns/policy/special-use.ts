// Special-use names: answered here, because a question for them says something about its asker and nothing to the world.
import { wireName } from '../wire/name.js';
import { aaaaRecord, aRecord, nsRecord, soaRecord } from '../wire/records.js';
import { answersReply, negativeReply, type Reply } from '../wire/reply.js';
import { FLAG, RCODE, TYPE } from '../wire/wire.js';

/** RFC 6303 section 3. */
const TTL = 10_800;

/**
 * `zone`: empty below its apex. `delegated`: the same, and in the public tree there is an unsigned delegation to it.
 * `loopback`: every name is this machine. `empty`: every name exists and has nothing. `canary`: the same, of a zone that
 * belongs to somebody else.
 */
export type Treatment = 'zone' | 'delegated' | 'loopback' | 'empty' | 'canary';

/**
 * `example` is not here: resolvers treat it like any other name (RFC 6761 section 6.5). For localhost, test and invalid
 * see its section 6. The designated resolvers of RFC 9462 have to be ours, not the upstream's, so `resolver.arpa` is
 * empty (section 6.4) as long as there are none.
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

/** All special-use zones, by name as on the wire. */
export const SPECIAL_USE: readonly (readonly [Uint8Array, Treatment])[] = Object.entries(ZONES).flatMap(
  ([treatment, names]) => names.map((name) => [wireName(name), treatment as Treatment] as const),
);

/**
 * By a "no" to these names a network says that its resolver is to be asked. iCloud Private Relay then stays off there (Apple,
 * "Prepare your network or web server for iCloud Private Relay"), and so does the DNS over HTTPS that Firefox turns on by
 * itself (Mozilla, "Canary domain - use-application-dns.net"); else what they carry would go around MediaStreamer.
 */
export const CANARIES: readonly Uint8Array[] = [
  'mask.icloud.com',
  'mask-h2.icloud.com',
  'use-application-dns.net',
].map(wireName);

/** So soon is a changed setting felt. */
const CANARY_TTL = 300;

const FLAGS = FLAG.AA | FLAG.RA;

const LOOPBACK = new Map<number, Reply>([
  [TYPE.A, answersReply(FLAGS, [aRecord('127.0.0.1', TTL)])],
  [TYPE.AAAA, answersReply(FLAGS, [aaaaRecord('::1', TTL)])],
]);
const APEX_SOA = answersReply(FLAGS, [soaRecord(0, TTL)]);
const APEX_NS = answersReply(FLAGS, [nsRecord(TTL)]);

/** By where in the question's name the zone begins; made when they are first needed. */
const noData: Reply[] = [];
const noName: Reply[] = [];
const noCanary: Reply[] = [];

/**
 * At the apex of a zone its SOA and NS, below it NXDOMAIN, as RFC 6303 asks; the answers are authoritative, because these
 * zones are served here and nowhere else. `offset`: where in the question's name the zone begins. Null: to be forwarded,
 * because the parent zone's signed proof that there is no DS lets clients that validate take the rest unsigned (RFC 8375
 * section 4, item 4).
 */
export function specialUseReply(treatment: Treatment, offset: number, type: number): Reply | null {
  if (type === TYPE.DS && offset === 0 && treatment === 'delegated') return null;
  if (treatment === 'loopback') return LOOPBACK.get(type) ?? noDataReply(offset);
  if (treatment === 'empty') return noDataReply(offset);
  if (treatment === 'canary') {
    // Without AA, as for everything that somebody else is the authority of.
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
