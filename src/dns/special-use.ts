// Special-use names: answered here, because a question for them says something about its asker and nothing to the world.
import { NameMap, wireName } from './name.js';
import type { Question } from './query.js';
import { aaaaRecord, aRecord, nsRecord, soaRecord } from './records.js';
import type { Reply } from './reply.js';
import { FLAG, RCODE, TYPE } from './wire.js';

/** RFC 6303 section 3. */
const TTL = 10_800;

/** `zone`: empty below its apex. `loopback`: every name is this machine. `empty`: every name exists and has nothing. */
type Treatment = 'zone' | 'loopback' | 'empty';

/**
 * `example` is not here: resolvers treat it like any other name (RFC 6761 section 6.5). For localhost, test and invalid
 * see its section 6. The designated resolvers of RFC 9462 have to be ours, not the upstream's, so `resolver.arpa` is
 * empty (section 6.4) as long as there are none.
 */
const ZONES: Readonly<Record<Treatment, readonly string[]>> = {
  loopback: ['localhost'],
  empty: ['resolver.arpa'],
  zone: [
    'invalid',
    'test',
    'onion', // RFC 7686
    'local', // RFC 6762 section 22.1
    'home.arpa', // RFC 8375
    ...['0', '10', '127', '168.192', '254.169'].map((zone) => `${zone}.in-addr.arpa`), // RFC 6303 section 4
    ...['2.0.192', '100.51.198', '113.0.203', '255.255.255.255'].map((zone) => `${zone}.in-addr.arpa`),
    ...range(16, 31).map((octet) => `${octet}.172.in-addr.arpa`),
    ...range(64, 127).map((octet) => `${octet}.100.in-addr.arpa`), // RFC 7793
    `${'0.'.repeat(32)}ip6.arpa`,
    `1.${'0.'.repeat(31)}ip6.arpa`,
    ...['d.f', '8.e.f', '9.e.f', 'a.e.f', 'b.e.f', '8.b.d.0.1.0.0.2'].map((zone) => `${zone}.ip6.arpa`),
  ],
};

const zones = new NameMap<Treatment>();
for (const [treatment, names] of Object.entries(ZONES)) {
  for (const name of names) zones.set(wireName(name), treatment as Treatment);
}

const LOOPBACK = new Map<number, Buffer>([
  [TYPE.A, aRecord('127.0.0.1', TTL)],
  [TYPE.AAAA, aaaaRecord('::1', TTL)],
]);

/**
 * Undefined for a name that is not special. At the apex of a zone its SOA and NS, below it NXDOMAIN, as RFC 6303 asks;
 * the answers are authoritative, because these zones are served here and nowhere else.
 */
export function specialUseReply(question: Question): Reply | undefined {
  const match = zones.findSuffix(question.name);
  if (match === undefined) return undefined;
  const soa = soaRecord(match.offset, TTL);
  const answer = answerOf(match.value, match.offset === 0, question.type, soa);
  if (answer !== undefined) return { rcode: RCODE.NOERROR, flags: FLAG.AA, answers: [answer] };
  const exists = match.offset === 0 || match.value !== 'zone';
  return { rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN, flags: FLAG.AA, authority: [soa] };
}

function answerOf(treatment: Treatment, isApex: boolean, type: number, soa: Buffer): Buffer | undefined {
  if (treatment === 'loopback') return LOOPBACK.get(type);
  if (treatment === 'empty' || !isApex) return undefined;
  if (type === TYPE.SOA) return soa;
  return type === TYPE.NS ? nsRecord(TTL) : undefined;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
