// From a packet to its answer: the steps in their order. The gate stands before everything that could tell a stranger
// something, the cache included; up to the upstream all is synchronous, so that nothing can change in between.
import type { Address } from '../allowlist/address.js';
import { type Directory, MEDIA_TTL, PORTAL_TTL } from './directory.js';
import type { Forwarder, Source } from './forwarder.js';
import { type FaultyQuery, parseQuery, type Query, type Question, type SoundQuery } from './query.js';
import type { ResponseRateLimiter } from './rate-limit.js';
import { HINFO_RECORD, soaRecord } from './records.js';
import { type Reply, writeReply } from './reply.js';
import { specialUseReply } from './special-use.js';
import { CLASS_IN, FLAG, RCODE, TCP_PAYLOAD, TYPE, UDP_PAYLOAD_MIN } from './wire.js';

export type Transport = 'udp' | 'tcp';

/** Why the answer is what it is; `limited` and `ignored` are silence. */
export type Kind =
  | 'ignored'
  | 'limited'
  | 'refused'
  | 'portal'
  | 'protocol'
  | 'relayed'
  | 'special-use'
  | Source;

export interface Outcome {
  readonly kind: Kind;
  readonly rcode: number | null;
  /** Null: silence. */
  readonly message: Buffer | null;
}

/** What the steps work with. */
export interface ChainParts {
  readonly directory: Directory;
  readonly find: (address: Address) => string | undefined;
  readonly limiter: ResponseRateLimiter;
  readonly forwarder: Forwarder;
}

class Packet {
  /** From `validate` on. */
  query!: Query;
  /** From `gate` on: the region of the source, which is listed. */
  region!: string;
  /** From `protocol` on. */
  sound!: SoundQuery;

  constructor(
    readonly bytes: Buffer,
    readonly source: Address,
    readonly transport: Transport,
  ) {}
}

/** Undefined: the next step decides. */
type Step = (packet: Packet, parts: ChainParts) => Outcome | Promise<Outcome> | undefined;

const CHAIN: readonly Step[] = [validate, gate, protocol, media, specialUse, cache, upstream];

export function answer(
  bytes: Buffer,
  source: Address,
  transport: Transport,
  parts: ChainParts,
): Outcome | Promise<Outcome> {
  const packet = new Packet(bytes, source, transport);
  for (const step of CHAIN) {
    const outcome = step(packet, parts);
    if (outcome !== undefined) return outcome;
  }
  throw new Error('the last step always answers');
}

/** Silence for what is no query. What else is wrong with it, only a listed source learns. */
function validate(packet: Packet): Outcome | undefined {
  const query = parseQuery(packet.bytes);
  if (query === null) return { kind: 'ignored', rcode: null, message: null };
  packet.query = query;
  return undefined;
}

/**
 * A source that is not listed gets the portal's static answers; anything else, sound or broken, is REFUSED, in no more
 * octets than it sent. Over UDP, where the source may be forged, its network gets so many answers a second and then
 * silence.
 */
function gate(packet: Packet, { directory, find, limiter }: ChainParts): Outcome | undefined {
  const { query, source, transport } = packet;
  const region = find(source);
  if (region !== undefined) {
    packet.region = region;
    return undefined;
  }
  if (transport === 'udp' && !limiter.allows(source)) return { kind: 'limited', rcode: null, message: null };
  const mayAsk = query.fault === null && protocolReply(query) === undefined;
  if (mayAsk && directory.isPortal(query.question.name)) {
    return outcome('portal', packet, portalReply(query.question, directory, 0));
  }
  return outcome('refused', packet, { rcode: RCODE.REFUSED, flags: 0 });
}

function protocol(packet: Packet): Outcome | undefined {
  const { query } = packet;
  const reply = protocolReply(query);
  if (reply !== undefined) return outcome('protocol', packet, reply);
  packet.sound = query as SoundQuery;
  return undefined;
}

/** The portal for listed sources, and the names of streaming services: all of their types that lead to an address. */
function media(packet: Packet, { directory }: ChainParts): Outcome | undefined {
  const { question } = packet.sound;
  if (directory.isPortal(question.name)) {
    return outcome('portal', packet, portalReply(question, directory, FLAG.RA));
  }
  const domain = directory.mediaDomain(question.name);
  if (domain === undefined || !ADDRESS_TYPES.has(question.type)) return undefined;
  const relay = directory.relay(packet.region, packet.source);
  const record = question.type === TYPE.A ? relay?.a : question.type === TYPE.AAAA ? relay?.aaaa : null;
  return outcome('relayed', packet, recordsOrNoData(record ? [record] : [], domain, MEDIA_TTL, FLAG.RA));
}

/** HTTPS and SVCB among them (RFC 9460): their hints and ECH would lead around the relay. */
const ADDRESS_TYPES: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.HTTPS, TYPE.SVCB]);

function specialUse(packet: Packet): Outcome | undefined {
  const reply = specialUseReply(packet.sound.question);
  if (reply === undefined) return undefined;
  return outcome('special-use', packet, { ...reply, flags: reply.flags | FLAG.RA });
}

function cache(packet: Packet, { forwarder }: ChainParts): Outcome | undefined {
  const answered = forwarder.fromCache(packet.sound, limitOf(packet));
  return answered && { kind: answered.source, rcode: answered.rcode, message: answered.message };
}

async function upstream(packet: Packet, { forwarder }: ChainParts): Promise<Outcome> {
  const { source, rcode, message } = await forwarder.fromUpstream(packet.sound, limitOf(packet));
  return { kind: source, rcode, message };
}

/**
 * What the RFCs ask for before the name matters: the faults of `parseQuery`; a class other than IN → REFUSED; AXFR and
 * IXFR → REFUSED, for which RFC 1035 section 4.1.1 names zone transfer as the example; MAILA and MAILB, obsolete →
 * NOTIMP; other meta-types (RFC 6895 section 3.1), which are never asked for → FORMERR; ANY → one HINFO (RFC 8482).
 */
function protocolReply(query: Query): Reply | undefined {
  if (query.fault !== null) return { rcode: query.fault, flags: faultFlags(query) };
  const { type, class: questionClass } = query.question;
  if (questionClass !== CLASS_IN) return { rcode: RCODE.REFUSED, flags: FLAG.RA };
  if (type === TYPE.AXFR || type === TYPE.IXFR) return { rcode: RCODE.REFUSED, flags: FLAG.RA };
  if (type === TYPE.MAILA || type === TYPE.MAILB) return { rcode: RCODE.NOTIMP, flags: FLAG.RA };
  if (type === TYPE.ANY) return { rcode: RCODE.NOERROR, flags: FLAG.RA, answers: [HINFO_RECORD] };
  const isMeta = type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255);
  return isMeta ? { rcode: RCODE.FORMERR, flags: FLAG.RA } : undefined;
}

/** RA has a meaning for opcode QUERY only. */
function faultFlags({ fault }: FaultyQuery): number {
  return fault === RCODE.NOTIMP ? 0 : FLAG.RA;
}

function portalReply({ type }: Question, { portal }: Directory, flags: number): Reply {
  const records = type === TYPE.A ? portal.a : type === TYPE.AAAA ? portal.aaaa : [];
  return recordsOrNoData(records, 0, PORTAL_TTL, flags);
}

/**
 * Without records NODATA, never NXDOMAIN, which a cache would take for the whole name. AA stays clear: the zone belongs
 * to somebody else, and recursive servers that answer from their own policy clear it too.
 */
function recordsOrNoData(records: readonly Buffer[], zone: number, ttl: number, flags: number): Reply {
  if (records.length > 0) return { rcode: RCODE.NOERROR, flags, answers: records };
  return { rcode: RCODE.NOERROR, flags, authority: [soaRecord(zone, ttl)] };
}

function outcome(kind: Kind, packet: Packet, reply: Reply): Outcome {
  return { kind, rcode: reply.rcode, message: writeReply(packet.query, reply, limitOf(packet)) };
}

function limitOf({ transport, query }: Packet): number {
  return transport === 'tcp' ? TCP_PAYLOAD : (query.edns?.payloadSize ?? UDP_PAYLOAD_MIN);
}
