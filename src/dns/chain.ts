// From a query to its answer: the steps in their order. The gate stands before everything that could tell a stranger
// something, the cache included; all is synchronous, so that nothing can change in between, and allocates nothing.

import { AllowlistReader, type SharedAllowlist } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { HashKey } from '../lib/hash.js';
import type { Address, Prefix } from '../lib/ip.js';
import { type CacheReader, mayServeStale } from './cache/cache.js';
import type { Cookies } from './policy/cookies.js';
import { Directory } from './policy/directory.js';
import { cookieReply, faultReply, protocolReply } from './policy/protocol.js';
import { type SourceLimiter, VERDICT, type Verdict } from './policy/rate-limit.js';
import { specialUseReply } from './policy/special-use.js';
import { type Kind, NO_RCODE, type Tally, type Transport } from './tally.js';
import { isBalancer } from './transport/proxy-protocol.js';
import type { Resolution } from './upstream/forwarder.js';
import { CLIENT_COOKIE, Query } from './wire/query.js';
import {
  bareReply,
  type Envelope,
  extendedError,
  type Reply,
  writeAnswer,
  writeCut,
  writeReply,
} from './wire/reply.js';
import { EXTENDED_ERROR, FLAG, RCODE, TCP_PAYLOAD } from './wire/wire.js';

/** What the steps work with. */
export interface ChainParts {
  directory: Directory;
  allowlist: AllowlistReader;
  /** Of all datagrams, listed source or not. */
  readonly datagrams: SourceLimiter;
  readonly cookies: Cookies;
  /** Whether a fetch over UDP needs a cookie. */
  readonly provesSource: boolean;
  /** As of Directory. */
  readonly answersCanaries: boolean;
  /** A query of their own addresses asks whether we are there: no customer has them. */
  readonly balancers: readonly Prefix[];
  readonly cache: CacheReader;
  /** A popular answer is about to expire. */
  readonly onRefresh: (query: Query) => void;
  readonly tally: Tally;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** `respond` gives the length of an answer, or one of these: none is sent, or it has to be fetched first. */
export const SILENCE = 0;
export const COLD = -1;
/** The next step decides. */
const UNDECIDED = -2;

/** RFC 8767 section 5. */
const STALE_TTL = 30;
const STALE = extendedError(EXTENDED_ERROR.STALE_ANSWER);
const STALE_NXDOMAIN = extendedError(EXTENDED_ERROR.STALE_NXDOMAIN_ANSWER);

/** Refreshed ahead: an answer that was served this often, in the last tenth of a life of at least so many seconds. */
const POPULAR_USES = 3;
const REFRESH_SHARE = 0.1;
const REFRESH_MIN_TTL = 10;

/** How much longer than its query an answer may be for a source over the limit that may be forged, as RFC 9000 section 8.1. */
const AMPLIFICATION = 3;

interface Packet {
  readonly query: Query;
  transport: Transport;
  /** What the limit says of the source; WITHIN for everything but datagrams. */
  verdict: Verdict;
  /** From `gate` on: the number of the region of the source, which is listed. */
  region: number;
  readonly envelope: Envelope;
}

type Step = (packet: Packet, parts: ChainParts) => number;

const CHAIN: readonly Step[] = [gate, protocol, media, specialUse, cache, proof];

/** Answers one query at a time, in the bytes in which it came. */
export class Responder {
  private readonly packet: Packet;

  /** `key`: of the hashes of directory and cache. */
  constructor(
    private readonly key: HashKey,
    readonly parts: ChainParts,
  ) {
    this.packet = {
      query: new Query(key),
      transport: 'udp',
      verdict: VERDICT.WITHIN,
      region: 0,
      envelope: { limit: 0, cookies: null, source: { family: 4, words: [0] }, padded: false },
    };
  }

  useAllowlist(shared: SharedAllowlist): void {
    const { parts } = this;
    parts.allowlist = new AllowlistReader(shared);
    parts.directory.useRegions(parts.allowlist.regions);
  }

  useCatalogue(catalogue: Catalogue): void {
    const { parts } = this;
    parts.directory = new Directory(catalogue, this.key, parts.allowlist.regions, parts.answersCanaries);
  }

  /** The query that `respond` has read last. */
  get query(): Query {
    return this.packet.query;
  }

  /**
   * The query is the first `length` bytes of `bytes`; its answer stands there afterwards, for which there must be room
   * for 1232 bytes over UDP, and else for 65535. SILENCE: nothing is to be sent. COLD: the bytes are untouched, and the
   * answer has to be fetched. `isCounted`: the datagram has been here before, in another thread.
   */
  respond(
    bytes: Uint8Array,
    length: number,
    source: Address,
    transport: Transport,
    isCounted = false,
  ): number {
    const { packet, parts } = this;
    packet.verdict =
      transport === 'udp' && !isCounted
        ? parts.datagrams.take(source, parts.now())
        : this.standing(source, transport);
    if (!this.read(bytes, length, source, transport)) {
      parts.tally.count(transport, 'ignored', NO_RCODE);
      return SILENCE;
    }
    for (let step = 0; step < CHAIN.length; step++) {
      const decided = CHAIN[step]!(packet, parts);
      if (decided !== UNDECIDED) return decided;
    }
    return COLD;
  }

  /** The same for a query to which `respond` has said COLD, once its answer is there. */
  finish(
    bytes: Uint8Array,
    source: Address,
    { length, transport, answer, kind }: Resolution & { length: number; transport: Transport },
  ): number {
    const { packet, parts } = this;
    packet.verdict = this.standing(source, transport);
    this.read(bytes, length, source, transport);
    packet.envelope.cookies = parts.cookies;
    const isStale = kind === 'stale';
    const options = staleOptions(answer.rcode);
    const told = isStale ? { ...answer, options, optionsLength: options.length } : answer;
    const written = writeAnswer(packet.query, told, isStale ? STALE_TIMES : FRESH_TIMES, packet.envelope);
    return sent(kind, packet, parts, answer.rcode, written);
  }

  /** The verdict on a datagram that has been counted already. */
  private standing(source: Address, transport: Transport): Verdict {
    const { datagrams, now } = this.parts;
    return transport === 'udp' && datagrams.isOver(source, now()) ? VERDICT.SLIP : VERDICT.WITHIN;
  }

  /** Silence for what is no query. What else is wrong with it, only a listed source learns. */
  private read(bytes: Uint8Array, length: number, source: Address, transport: Transport): boolean {
    const { packet } = this;
    const { query, envelope } = packet;
    if (!query.read(bytes, length)) return false;
    packet.transport = transport;
    envelope.source = source;
    envelope.cookies = null;
    envelope.limit = transport === 'udp' ? query.payloadSize : TCP_PAYLOAD;
    envelope.padded = transport === 'dot' || transport === 'doh';
    return true;
  }
}

const REFUSED = bareReply(RCODE.REFUSED, 0);
/** A stub asks the next server then, and a balancer takes the node for down; REFUSED would be neither true nor so lucky. */
const UNREADY = bareReply(RCODE.SERVFAIL, 0);

/**
 * A source that is not listed gets the portal's static answers; anything else, sound or broken, is REFUSED. Over UDP,
 * where the source may be forged, no answer has more bytes than its query: for a longer one the client is to come over TCP.
 * Over the limit it gets every second answer, and then the portal's name always leads to TCP, where nothing is limited.
 * Without a list nobody can be said not to be listed: all but the portal fails, and everything for a balancer's health check.
 */
function gate(packet: Packet, parts: ChainParts): number {
  const { query, envelope, transport } = packet;
  packet.region = parts.allowlist.find(envelope.source);
  if (packet.region !== 0) {
    envelope.cookies = parts.cookies;
    return UNDECIDED;
  }
  if (packet.verdict === VERDICT.OVER) {
    parts.tally.count(transport, 'limited', NO_RCODE);
    return SILENCE;
  }
  if (transport === 'udp') envelope.limit = Math.min(envelope.limit, query.length);
  const { isKnown } = parts.allowlist;
  const mayAsk = query.fault === RCODE.NOERROR && protocolReply(query) === null;
  if (mayAsk && (isKnown || !isBalancer(envelope.source, parts.balancers))) {
    parts.directory.look(query);
    if (parts.directory.isPortal) {
      if (packet.verdict === VERDICT.SLIP) {
        return sent(
          'portal',
          packet,
          parts,
          RCODE.NOERROR,
          writeCut(query, RCODE.NOERROR, FLAG.RA, envelope),
        );
      }
      return replied('portal', packet, parts, parts.directory.portalReply(query.type));
    }
  }
  if (!isKnown) return replied('unready', packet, parts, UNREADY);
  return replied('refused', packet, parts, REFUSED);
}

function protocol(packet: Packet, parts: ChainParts): number {
  const { query, envelope } = packet;
  if (query.asksCookie) {
    const isGood = query.cookieLength === CLIENT_COOKIE || parts.cookies.isValid(query, envelope.source);
    return replied('protocol', packet, parts, cookieReply(isGood));
  }
  const reply = query.fault === RCODE.NOERROR ? protocolReply(query) : faultReply(query.fault);
  return reply === null ? UNDECIDED : replied('protocol', packet, parts, reply);
}

/** The portal for listed sources, and the names of streaming services: all of their types that lead to an address. */
function media(packet: Packet, parts: ChainParts): number {
  const { directory } = parts;
  const { query, region, envelope } = packet;
  directory.look(query);
  if (directory.isPortal) return replied('portal', packet, parts, directory.portalReply(query.type));
  if (directory.mediaOffset < 0) return UNDECIDED;
  const reply = directory.mediaReply(query.type, region, envelope.source);
  return reply === null ? UNDECIDED : replied('relayed', packet, parts, reply);
}

function specialUse(packet: Packet, parts: ChainParts): number {
  const { specialOffset, treatment } = parts.directory;
  if (specialOffset < 0) return UNDECIDED;
  const reply = specialUseReply(treatment, specialOffset, packet.query.type);
  return reply === null ? UNDECIDED : replied('special-use', packet, parts, reply);
}

const FRESH_TIMES = { age: 0, ttl: -1 };
const STALE_TIMES = { age: 0, ttl: STALE_TTL };
/** Of the answer from the cache that is being written. */
const times = { age: 0, ttl: -1 };

function cache(packet: Packet, parts: ChainParts): number {
  const { query, envelope } = packet;
  if (!parts.cache.lookUp(query)) return UNDECIDED;
  const { found } = parts.cache;
  const now = parts.now();
  if (now >= found.expiresAt) {
    if (now >= found.retryAt || !mayServeStale(found, now)) return UNDECIDED;
    const options = staleOptions(found.rcode);
    for (let i = 0; i < options.length; i++) found.options[i] = options[i]!;
    found.optionsLength = options.length;
    return sent('stale', packet, parts, found.rcode, writeAnswer(query, found, STALE_TIMES, envelope));
  }
  const proven = isProven(packet, parts);
  // Anybody could keep an answer in memory under a customer's address, and see by its age that the address is listed.
  if (proven || !parts.provesSource) parts.cache.countUse(query, proven);
  const isLate = found.ttl >= REFRESH_MIN_TTL && found.expiresAt - now <= found.ttl * 1000 * REFRESH_SHARE;
  if (proven && isLate && parts.cache.claimRefresh(query, POPULAR_USES)) parts.onRefresh(query);
  times.age = Math.floor((now - found.storedAt) / 1000);
  return sent('cached', packet, parts, found.rcode, writeAnswer(query, found, times, envelope));
}

/**
 * Anybody can write a customer's address on a query for a name of their own zone; if that name were fetched, they would
 * know that the address is listed. So what has to be fetched is fetched only for a source that has shown that it receives
 * what is sent to it.
 */
function proof(packet: Packet, parts: ChainParts): number {
  if (!parts.provesSource || isProven(packet, parts)) return UNDECIDED;
  const { query, envelope } = packet;
  return sent('unproved', packet, parts, RCODE.NOERROR, writeCut(query, RCODE.NOERROR, FLAG.RA, envelope));
}

function isProven({ transport, query, envelope }: Packet, { cookies }: ChainParts): boolean {
  return transport !== 'udp' || cookies.isValid(query, envelope.source);
}

function staleOptions(rcode: number): Uint8Array {
  return rcode === RCODE.NXDOMAIN ? STALE_NXDOMAIN : STALE;
}

function replied(kind: Kind, packet: Packet, parts: ChainParts, reply: Reply): number {
  return sent(kind, packet, parts, reply.rcode, writeReply(packet.query, reply, packet.envelope));
}

/** Counts, and cuts a long answer to a source that may be forged and is over the limit: nobody is to be flooded with them. */
function sent(kind: Kind, packet: Packet, parts: ChainParts, rcode: number, length: number): number {
  const { transport, query, envelope, verdict } = packet;
  parts.tally.count(transport, kind, rcode);
  const mayFlood = verdict !== VERDICT.WITHIN && length > AMPLIFICATION * query.length;
  if (!mayFlood || isProven(packet, parts)) return length;
  return writeCut(query, rcode, FLAG.RA, envelope);
}
