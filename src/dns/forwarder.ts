// Names outside the catalogue: from the cache, or from an upstream and into the cache; the octets stay the upstream's.
import { type Answer, cappedTtl, failedAnswer } from './answer.js';
import { AnswerCache, type CacheEntry } from './cache.js';
import { flagsOf, type SoundQuery } from './query.js';
import { extendedError, optRecord, writeHeader, writeReply } from './reply.js';
import type { Upstreams } from './upstreams.js';
import { EXTENDED_ERROR, FLAG, HEADER_SIZE, RCODE } from './wire.js';

export interface ForwarderOptions {
  readonly upstreams: Pick<Upstreams, 'resolve'>;
  readonly cacheBytes: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** `stale`: past its time, served because no upstream has a newer one (RFC 8767). */
export type Source = 'cached' | 'stale' | 'forwarded' | 'failed';

export interface Forwarded {
  readonly source: Source;
  readonly rcode: number;
  readonly message: Buffer;
}

/** RFC 8767 section 5: the TTL of a stale answer, how long to wait for a fresh one, to try again, and to keep it. */
const STALE_TTL = 30;
const STALE_WAIT_MS = 1800;
const STALE_RETRY_MS = 30_000;
const STALE_MAX_MS = 86_400_000;

/** Refreshed ahead: an answer that was served this often, in the last tenth of a life of at least so many seconds. */
const POPULAR_HITS = 3;
const REFRESH_SHARE = 0.1;
const REFRESH_MIN_TTL = 10;

/** More questions than this do not wait for upstreams at one time. */
const MAX_IN_FLIGHT = 2000;

export class Forwarder {
  readonly cache: AnswerCache;
  private readonly inFlight = new Map<string, Promise<Answer | null>>();

  constructor(private readonly options: ForwarderOptions) {
    this.cache = new AnswerCache(options.cacheBytes, options.now);
  }

  /** The answer, if there is one in memory. Refreshes a popular one that is about to expire. */
  fromCache(query: SoundQuery, limit: number): Forwarded | undefined {
    const key = keyOf(query);
    const entry = this.cache.get(key);
    const now = this.options.now();
    if (entry === undefined) return undefined;
    if (now >= entry.expiresAt) {
      return now < entry.retryAt && this.mayServeStale(entry) ? stale(query, entry, limit) : undefined;
    }
    entry.hits += 1;
    if (isDueForRefresh(entry, now)) void this.fetch(key, query);
    const age = Math.floor((now - entry.storedAt) / 1000);
    return render(query, entry.answer, 'cached', limit, (ttl) => ttl - age);
  }

  /** The upstreams' answer; while they fail, a stale one; else SERVFAIL. Never rejects. */
  async fromUpstream(query: SoundQuery, limit: number): Promise<Forwarded> {
    const key = keyOf(query);
    const entry = this.cache.get(key);
    const fetched = this.fetch(key, query);
    if (entry !== undefined && this.mayServeStale(entry)) {
      const answer = await orNullAfter(STALE_WAIT_MS, fetched);
      if (answer !== null && answer.rcode !== RCODE.SERVFAIL) return fresh(query, answer, limit);
      entry.retryAt = this.options.now() + STALE_RETRY_MS;
      return stale(query, entry, limit);
    }
    const answer = await fetched;
    if (answer !== null) return fresh(query, answer, limit);
    const failed = failedAnswer(questionOctets(query), NO_UPSTREAM);
    this.cache.set(key, failed);
    return fresh(query, failed, limit);
  }

  /** Equal questions share one upstream query. */
  private fetch(key: string, query: SoundQuery): Promise<Answer | null> {
    const running = this.inFlight.get(key);
    if (running !== undefined) return running;
    if (this.inFlight.size >= MAX_IN_FLIGHT) return Promise.resolve(null);
    const fetched = this.options.upstreams
      .resolve({
        octets: questionOctets(query),
        dnssecOk: query.edns?.dnssecOk ?? false,
        checkingDisabled: (flagsOf(query.bytes) & FLAG.CD) !== 0,
      })
      .then((answer) => {
        this.keep(key, answer);
        return answer;
      })
      .finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, fetched);
    return fetched;
  }

  /** A failure never displaces an answer that can still be served stale. */
  private keep(key: string, answer: Answer | null): void {
    if (answer === null) return;
    if (answer.rcode !== RCODE.SERVFAIL) {
      if (answer.ttl > 0) this.cache.set(key, answer);
      return;
    }
    const entry = this.cache.get(key);
    if (entry === undefined || !this.mayServeStale(entry)) this.cache.set(key, { ...answer, ttl: 1 });
  }

  private mayServeStale({ answer, expiresAt }: CacheEntry): boolean {
    return answer.rcode !== RCODE.SERVFAIL && this.options.now() < expiresAt + STALE_MAX_MS;
  }
}

const NO_UPSTREAM = extendedError(EXTENDED_ERROR.NO_REACHABLE_AUTHORITY);
const STALE = extendedError(EXTENDED_ERROR.STALE_ANSWER);
const STALE_NXDOMAIN = extendedError(EXTENDED_ERROR.STALE_NXDOMAIN_ANSWER);

function isDueForRefresh({ answer, expiresAt, hits }: CacheEntry, now: number): boolean {
  const lastPartMs = answer.ttl * 1000 * REFRESH_SHARE;
  return hits >= POPULAR_HITS && answer.ttl >= REFRESH_MIN_TTL && expiresAt - now <= lastPartMs;
}

/** DO and CD change what an upstream answers; AD and RD do not. */
function keyOf({ bytes, question, edns }: SoundQuery): string {
  const flags = (edns?.dnssecOk ? 1 : 0) | ((flagsOf(bytes) & FLAG.CD) !== 0 ? 2 : 0);
  return question.name + String.fromCharCode(question.type, flags);
}

function questionOctets({ bytes, question }: SoundQuery): Uint8Array {
  return bytes.subarray(HEADER_SIZE, question.end);
}

function fresh(query: SoundQuery, answer: Answer, limit: number): Forwarded {
  const source = answer.rcode === RCODE.SERVFAIL ? 'failed' : 'forwarded';
  return render(query, answer, source, limit, (ttl) => ttl);
}

function stale(query: SoundQuery, { answer }: CacheEntry, limit: number): Forwarded {
  const options = answer.rcode === RCODE.NXDOMAIN ? STALE_NXDOMAIN : STALE;
  return render(query, { ...answer, options }, 'stale', limit, () => STALE_TTL);
}

/**
 * The answer as the client's own: its ID, its question in its case, its flags, OPT if it sent one. AA is cleared, since
 * a cache is no authority (RFC 1035 section 4.1.1); AD is left only for a client that asked for it (RFC 6840 section 5.8).
 */
function render(
  query: SoundQuery,
  answer: Answer,
  source: Source,
  limit: number,
  ttlOf: (ttl: number) => number,
): Forwarded {
  const { rcode, ttlOffsets, options } = answer;
  const wantsAd = query.edns?.dnssecOk === true || (flagsOf(query.bytes) & FLAG.AD) !== 0;
  const flags = FLAG.RA | (wantsAd ? flagsOf(answer.message) & FLAG.AD : 0);
  const opt = query.edns === null ? [] : [optRecord(query.edns, rcode, options)];
  const message = Buffer.concat([answer.message, ...opt]);
  if (message.length > limit) {
    return { source, rcode, message: writeReply(query, { rcode, flags: flags | FLAG.TC }, limit) };
  }
  writeHeader(message, query, flags, rcode);
  message.set(questionOctets(query), HEADER_SIZE);
  for (const offset of ttlOffsets) {
    message.writeUInt32BE(Math.max(0, ttlOf(cappedTtl(message.readUInt32BE(offset)))), offset);
  }
  message.writeUInt16BE(message.readUInt16BE(10) + opt.length, 10);
  return { source, rcode, message };
}

function orNullAfter<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
