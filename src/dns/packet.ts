// One query on its way through the chain: what the steps know about it, what they work with, and how a response leaves.
import type { AllowlistReader } from '../allowlist/replica.js';
import type { Prefix } from '../lib/ip.js';
import type { CacheReader } from './cache/cache-reader.js';
import type { Diagnosis, DiagnosisSetup } from './diagnosis.js';
import type { Cookies } from './policy/cookies.js';
import type { Directory } from './policy/directory.js';
import { RATE, type Rate, type SourceLimiter } from './policy/rate-limit.js';
import { type Kind, NO_RCODE, type Tally } from './tally.js';
import type { Arrival, Transport } from './transport/transports.js';
import type { Query } from './wire/query.js';
import { type Envelope, type Reply, writeReply, writeTruncated } from './wire/reply.js';
import { FLAG, RCODE } from './wire/wire.js';

/** What the steps work with: one set in each thread. */
export interface ChainParts {
  directory: Directory;
  diagnosis: Diagnosis;
  /** What a Diagnosis of the next catalogue is made with. */
  readonly diagnosisSetup: DiagnosisSetup;
  allowlist: AllowlistReader;
  /** Counts every datagram, also those of unlisted clients. */
  readonly datagrams: SourceLimiter;
  readonly cookies: Cookies;
  /** Whether a query over UDP is forwarded only with a valid server cookie. */
  readonly requiresCookie: boolean;
  /** As in NameOptions. */
  readonly answersCanaries: boolean;
  readonly relaysCdn: boolean;
  /** A query from a balancer's own address is a health check. No customer has such an address. */
  readonly balancers: readonly Prefix[];
  readonly cache: CacheReader;
  /** Called for a popular answer that is about to expire. */
  readonly onPrefetch: (query: Query) => void;
  readonly tally: Tally;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
}

export interface Packet {
  readonly query: Query;
  transport: Transport;
  /** As in Arrival. */
  server: Arrival['server'];
  serverName: Arrival['serverName'];
  /** The state of response rate limiting for the source; WITHIN for every transport but UDP. */
  rate: Rate;
  /** Set by access control: the number of the allowed client's profile; 0: an unlisted client. */
  profile: number;
  readonly envelope: Envelope;
}

/** What a step and `respond` return: the length of the response, or one of the three numbers below. */
export type Outcome = number;
/** No response is sent. */
export const DROPPED: Outcome = 0;
/** A cache miss: the query has to be forwarded, and its bytes are unchanged. */
export const MISS: Outcome = -1;
/** Only of steps: the next one decides. */
export const CONTINUE: Outcome = -2;

export type Step = (packet: Packet, parts: ChainParts) => Outcome;

/** To a source over the rate limit that is not validated, a response has at most three times the bytes of its query (as RFC 9000 section 8.1). */
const MAX_AMPLIFICATION = 3;

/** Whether the client receives what is sent to its address: it uses a connection, or has sent a valid server cookie (RFC 7873). */
export function isValidated({ transport, query, envelope }: Packet, { cookies }: ChainParts): boolean {
  return transport !== 'udp' || cookies.isValid(query, envelope.source);
}

/** No response; counted. */
export function dropped(kind: Kind, packet: Packet, parts: ChainParts): Outcome {
  count(kind, packet, parts, NO_RCODE);
  return DROPPED;
}

/** Writes a response that the edge makes itself, and counts it. */
export function replied(kind: Kind, packet: Packet, parts: ChainParts, reply: Reply): Outcome {
  return sent(kind, packet, parts, reply.rcode, writeReply(packet.query, reply, packet.envelope));
}

/** Writes a response without records and with TC=1, and counts it: the client returns over TCP or with a cookie. */
export function truncated(kind: Kind, packet: Packet, parts: ChainParts, rcode: number): Outcome {
  count(kind, packet, parts, rcode);
  return writeTruncated(packet.query, rcode, FLAG.RA, packet.envelope);
}

/**
 * Counts a response that has been written, and truncates a large one (RRL) when its source is over the rate limit and may
 * be forged: a victim must not be flooded with it.
 */
export function sent(kind: Kind, packet: Packet, parts: ChainParts, rcode: number, length: number): Outcome {
  const { query, envelope, rate } = packet;
  count(kind, packet, parts, rcode);
  const isAmplified = rate !== RATE.WITHIN && length > MAX_AMPLIFICATION * query.length;
  if (!isAmplified || isValidated(packet, parts)) return length;
  return writeTruncated(query, rcode, FLAG.RA, envelope);
}

/** Counts an outcome for this node, and for the household while somebody watches it. */
function count(kind: Kind, { transport, query, envelope }: Packet, parts: ChainParts, rcode: number): void {
  parts.tally.count(transport, kind, rcode);
  const { household } = parts.diagnosis;
  if (!household.isWatching) return;
  const type = kind === 'ignored' || query.rcode !== RCODE.NOERROR ? null : query.type;
  const service = kind === 'relayed' ? (parts.directory.service?.position ?? -1) : -1;
  household.count(envelope.source, transport, type, kind, service);
}
