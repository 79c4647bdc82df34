// From a query to its response: the steps in their order. Access control comes before every step that could reveal something.
import type { AllowlistUpdate } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Address } from '../lib/ip.js';
import type { HashKey } from '../lib/siphash.js';
import { markedStale, STALE_TIMES } from './cache/serve-stale.js';
import { Diagnosis } from './diagnosis.js';
import {
  type ChainParts,
  CONTINUE,
  dropped,
  MISS,
  type Outcome,
  type Packet,
  type Step,
  sent,
} from './packet.js';
import { Directory } from './policy/directory.js';
import { RATE, type Rate } from './policy/rate-limit.js';
import {
  accessControl,
  cache,
  catalogue,
  checkNames,
  protocol,
  sourceValidation,
  specialUse,
} from './steps.js';
import type { Arrival, Transport } from './transport/transports.js';
import type { Resolution } from './upstream/forwarder.js';
import { Query } from './wire/query.js';
import { writeAnswer } from './wire/reply.js';
import { TCP_PAYLOAD } from './wire/wire.js';

/** Every step is synchronous, so that nothing changes in between, and allocates nothing but the text of a status. What passes all is forwarded. */
const CHAIN: readonly Step[] = [
  accessControl,
  protocol,
  checkNames,
  catalogue,
  specialUse,
  cache,
  sourceValidation,
];

const FRESH_TIMES = { age: 0, ttl: -1 };

/** Of a packet that is not in use. */
const NO_ADDRESS: Address = { family: 4, words: [0] };

/** Packets that are kept for the next cache misses. */
const MAX_SPARE = 64;

/** A query that waits for its answer from an upstream; it is read, checked and copied only once. */
export interface PendingQuery {
  readonly query: Query;
  readonly source: Address;
  readonly packet: Packet;
}

/** Answers one query at a time, in the bytes in which it came. */
export class Responder {
  private packet: Packet;
  private readonly spare: Packet[] = [];

  /** `key`: of the hashes of directory and cache. */
  constructor(
    private readonly key: HashKey,
    readonly parts: ChainParts,
  ) {
    this.packet = this.newPacket();
  }

  useAllowlist(update: AllowlistUpdate): void {
    const { allowlist, directory } = this.parts;
    allowlist.take(update);
    if (update.kind === 'profile') directory.useProfile(update.number, update.profile);
    if (update.kind === 'all') directory.useProfiles(allowlist.profiles);
  }

  useCatalogue(next: Catalogue): void {
    const { parts, key } = this;
    parts.directory = new Directory(next, { ...parts, key }, parts.allowlist.profiles);
    parts.diagnosis = new Diagnosis(next, key, parts.diagnosisSetup);
  }

  /** The query that `respond` has read last. */
  get query(): Query {
    return this.packet.query;
  }

  /**
   * Reads the query in the first `length` bytes of `bytes` and writes the response over it, for which there must be room for
   * 1232 bytes over UDP, and else for 65535. Returns its length, DROPPED, or MISS: the bytes are unchanged then.
   * `isCounted`: the rate limit has counted the datagram in another thread.
   */
  respond(bytes: Uint8Array, length: number, arrival: Arrival, isCounted = false): Outcome {
    const { packet, parts } = this;
    const { query, envelope } = packet;
    const { source, transport } = arrival;
    packet.transport = transport;
    packet.server = arrival.server;
    packet.serverName = arrival.serverName;
    packet.rate =
      transport === 'udp' && !isCounted
        ? parts.datagrams.take(source, parts.now())
        : this.rateOf(source, transport);
    envelope.source = source;
    if (!query.read(bytes, length)) return dropped('ignored', packet, parts);
    envelope.cookies = null;
    envelope.limit = transport === 'udp' ? query.payloadSize : TCP_PAYLOAD;
    envelope.padded = transport === 'dot' || transport === 'doh';
    for (let step = 0; step < CHAIN.length; step++) {
      const outcome = CHAIN[step]!(packet, parts);
      if (outcome !== CONTINUE) return outcome;
    }
    return MISS;
  }

  /** Sets the query aside for which `respond` has just returned MISS, until `finish` is called for it. */
  suspend(): PendingQuery {
    const { packet } = this;
    const { query, envelope } = packet;
    query.bytes = query.bytes.slice(0, query.length);
    this.packet = this.spare.pop() ?? this.newPacket();
    return { query, source: envelope.source, packet };
  }

  /** Writes the response to a query that was set aside into `bytes`, and returns its length. To be called once for each. */
  finish({ query, source, packet }: PendingQuery, bytes: Uint8Array, { answer, kind }: Resolution): Outcome {
    bytes.set(query.bytes);
    query.bytes = bytes;
    packet.rate = this.rateOf(source, packet.transport);
    const isStale = kind === 'stale';
    const shown = isStale ? markedStale(answer) : answer;
    const written = writeAnswer(query, shown, isStale ? STALE_TIMES : FRESH_TIMES, packet.envelope);
    const length = sent(kind, packet, this.parts, answer.rcode, written);
    if (this.spare.length < MAX_SPARE) this.spare.push(packet);
    return length;
  }

  /** The state of the rate limit for a datagram that has been counted already. */
  private rateOf(source: Address, transport: Transport): Rate {
    const { datagrams, now } = this.parts;
    return transport === 'udp' && datagrams.isOver(source, now()) ? RATE.SLIP : RATE.WITHIN;
  }

  private newPacket(): Packet {
    return {
      query: new Query(this.key),
      transport: 'udp',
      server: NO_ADDRESS,
      serverName: null,
      rate: RATE.WITHIN,
      profile: 0,
      envelope: { limit: 0, cookies: null, source: NO_ADDRESS, padded: false },
    };
  }
}
