// The forwarder: sends queries of cache misses to upstreams and caches the answers. Equal questions share one forwarded query.
import type { Address } from '../../lib/ip.js';
import type { AnswerCache } from '../cache/cache-writer.js';
import type { CacheKey } from '../cache/layout.js';
import { freshInTime, mayServeStale, recheckAt } from '../cache/serve-stale.js';
import { ConcurrencyLimit, prefixesOf, type SourcePrefix, SourceRates } from '../policy/forward-limits.js';
import type { RateLimit } from '../policy/rate-limit.js';
import { type Answer, failedAnswer } from '../wire/answer.js';
import type { Query } from '../wire/query.js';
import { extendedError } from '../wire/reply.js';
import { EXTENDED_ERROR, FLAG, HEADER_SIZE, RCODE } from '../wire/wire.js';
import type { Upstreams } from './upstreams.js';

export interface ForwarderOptions {
  readonly upstreams: Pick<Upstreams, 'resolve'>;
  readonly cache: AnswerCache;
  /** Queries that are forwarded for one source. */
  readonly perSource: RateLimit;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
}

export interface Resolution {
  readonly answer: Answer;
  /**
   * `stale`: expired, because no upstream has a newer answer. `failed`: SERVFAIL of an upstream, or no upstream answers.
   * `rate-limited`: SERVFAIL, because the source has reached a forward limit.
   */
  readonly kind: 'forwarded' | 'stale' | 'failed' | 'rate-limited';
}

/** A question as it is forwarded. */
export interface ForwardQuestion {
  readonly key: CacheKey;
  /** Name, type and class in wire format. */
  readonly bytes: Uint8Array;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** Queries in flight to upstreams, and client queries that wait for them: many may wait for one. */
const MAX_FORWARDED = 2000;
const MAX_WAITING = 8000;

/**
 * Bytes. Larger answers are not cached: a few hundred of them, which one source can ask for in seconds, would evict all others.
 * The largest ones of daily use, keys and TXT records of zones, are half as large.
 */
const MAX_CACHED = 4096;

/** Prefetches together have the limits of one source. */
const PREFETCHES: readonly SourcePrefix[] = [{ key: 'prefetches', weight: 1 }];

const NO_UPSTREAM = extendedError(EXTENDED_ERROR.NO_REACHABLE_AUTHORITY);
/** With SERVFAIL: REFUSED would state that the client is unlisted, and without a response it would retry. */
const LIMITED = extendedError(EXTENDED_ERROR.OTHER, 'too many questions from this network');

/** A copy of the question of a valid query. */
export function questionOf(query: Query): ForwardQuestion {
  return {
    key: { bytes: query.name.slice(0, query.keyLength), hash: query.keyHash },
    bytes: query.bytes.slice(HEADER_SIZE, query.questionEnd),
    dnssecOk: query.dnssecOk,
    checkingDisabled: (query.flags & FLAG.CD) !== 0,
  };
}

export class Forwarder {
  private readonly inFlight = new Map<string, Promise<Answer | null>>();
  private readonly forwarded = new ConcurrencyLimit(MAX_FORWARDED);
  private readonly waiting = new ConcurrencyLimit(MAX_WAITING);
  private readonly rates: SourceRates;

  constructor(private readonly options: ForwarderOptions) {
    this.rates = new SourceRates(options.perSource);
  }

  /** The upstreams' answer; while they fail, a stale one; else SERVFAIL. Never rejects. */
  async resolve(question: ForwardQuestion, source: Address): Promise<Resolution> {
    const prefixes = prefixesOf(source);
    const leave = this.waiting.enter(prefixes);
    const forwarded = leave === null ? null : this.forward(question, prefixes);
    try {
      return await (forwarded === null ? this.limited(question) : this.wait(question, forwarded));
    } finally {
      leave?.();
    }
  }

  /** Forwards a question before its cache entry expires. */
  prefetch(question: ForwardQuestion): void {
    void this.forward(question, PREFETCHES);
  }

  private async wait(question: ForwardQuestion, forwarded: Promise<Answer | null>): Promise<Resolution> {
    const { cache, now } = this.options;
    const expired = this.staleEntry(question.key);
    if (expired !== null) {
      const answer = await freshInTime(forwarded);
      if (answer !== null) return resolved(answer);
      cache.noteFailure(question.key, recheckAt(now()));
      return { answer: expired, kind: 'stale' };
    }
    const answer = await forwarded;
    if (answer !== null) return resolved(answer);
    const failed = failedAnswer(question.bytes, NO_UPSTREAM);
    cache.set(question.key, failed, now());
    return resolved(failed);
  }

  /** Nothing is cached: the limit concerns this source, and another one may be within its own. */
  private limited(question: ForwardQuestion): Resolution {
    const expired = this.staleEntry(question.key);
    if (expired !== null) return { answer: expired, kind: 'stale' };
    return { answer: failedAnswer(question.bytes, LIMITED), kind: 'rate-limited' };
  }

  /** Equal questions share one forwarded query. Null: a forward limit is reached. */
  private forward(
    question: ForwardQuestion,
    prefixes: readonly SourcePrefix[],
  ): Promise<Answer | null> | null {
    const key = Buffer.from(question.key.bytes).toString('latin1');
    const running = this.inFlight.get(key);
    if (running !== undefined) return running;
    const leave = this.forwarded.enter(prefixes);
    if (leave === null) return null;
    if (prefixes !== PREFETCHES && !this.rates.allows(prefixes, this.options.now())) {
      leave();
      return null;
    }
    const forwarded = this.options.upstreams
      .resolve(question)
      .then((answer) => {
        this.store(question.key, answer);
        return answer;
      })
      .finally(() => {
        leave();
        this.inFlight.delete(key);
      });
    this.inFlight.set(key, forwarded);
    return forwarded;
  }

  /** A failure never replaces an answer that may still be served stale. */
  private store(key: CacheKey, answer: Answer | null): void {
    const { cache, now } = this.options;
    if (answer === null || answer.length + answer.optionsLength > MAX_CACHED) return;
    if (answer.rcode !== RCODE.SERVFAIL) {
      if (answer.ttl > 0) cache.set(key, answer, now());
    } else if (this.staleEntry(key) === null) cache.set(key, { ...answer, ttl: 1 }, now());
  }

  /** A copy of the cache entry, expired or not, if it may be served stale. */
  private staleEntry(key: CacheKey): Answer | null {
    const { cache, now } = this.options;
    const entry = cache.get(key);
    return entry !== undefined && mayServeStale(entry, now()) ? entry : null;
  }
}

function resolved(answer: Answer): Resolution {
  return { answer, kind: answer.rcode === RCODE.SERVFAIL ? 'failed' : 'forwarded' };
}
