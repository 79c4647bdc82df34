// Names outside the catalogue: from an upstream and into the cache; one upstream query for many equal ones.

import type { Address } from '../../lib/ip.js';
import { type AnswerCache, type CacheKey, mayServeStale } from '../cache/cache.js';
import type { RateLimit } from '../policy/rate-limit.js';
import { type Network, networksOf, Shares, SourceRates } from '../policy/shares.js';
import { type Answer, failedAnswer } from '../wire/answer.js';
import type { Query } from '../wire/query.js';
import { extendedError } from '../wire/reply.js';
import { EXTENDED_ERROR, FLAG, HEADER_SIZE, RCODE } from '../wire/wire.js';
import type { Upstreams } from './upstreams.js';

export interface ForwarderOptions {
  readonly upstreams: Pick<Upstreams, 'resolve'>;
  readonly cache: AnswerCache;
  /** Questions that one source may cause to upstreams. */
  readonly perSource: RateLimit;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

export interface Resolution {
  readonly answer: Answer;
  /**
   * `stale`: no upstream has a newer one. `failed`: an upstream says so, or none answers. `limited`: the source has so
   * many questions under way, or has had so many forwarded, that this one was not asked.
   */
  readonly kind: 'forwarded' | 'stale' | 'failed' | 'limited';
}

/** What remains of a query while its answer is being looked for. */
export interface ColdQuestion {
  readonly key: CacheKey;
  /** Name, type and class as on the wire. */
  readonly bytes: Uint8Array;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** RFC 8767 section 5: how long to wait for a fresh answer when there is a stale one, and when to try again. */
const STALE_WAIT_MS = 1800;
const STALE_RETRY_MS = 30_000;

/** Questions to upstreams at one time, and queries that wait for them: many may wait for the answer to one question. */
const MAX_FETCHES = 2000;
const MAX_WAITING = 8000;

/**
 * Longer answers are not kept: a few hundred of them, which one source may ask for in seconds, would drive all others out of
 * the memory. The longest that people ask for in daily life, keys and texts of zones, are half as long.
 */
const MAX_KEPT = 4096;

/** Refreshes ahead of expiry together have what one source has. */
const REFRESHES: readonly Network[] = [{ key: 'refreshes', weight: 1 }];

const NO_UPSTREAM = extendedError(EXTENDED_ERROR.NO_REACHABLE_AUTHORITY);
/** REFUSED would say that the device is not listed, and silence would make it ask again. */
const TOO_MANY = extendedError(EXTENDED_ERROR.OTHER, 'too many questions from this network');

/** To be called as long as the query is the one that was read last. */
export function coldQuestion(query: Query): ColdQuestion {
  return {
    key: { bytes: query.name.slice(0, query.keyLength), hash: query.keyHash },
    bytes: query.bytes.slice(HEADER_SIZE, query.questionEnd),
    dnssecOk: query.dnssecOk,
    checkingDisabled: (query.flags & FLAG.CD) !== 0,
  };
}

export class Forwarder {
  private readonly inFlight = new Map<string, Promise<Answer | null>>();
  private readonly fetches = new Shares(MAX_FETCHES);
  private readonly waiting = new Shares(MAX_WAITING);
  private readonly rates: SourceRates;

  constructor(private readonly options: ForwarderOptions) {
    this.rates = new SourceRates(options.perSource);
  }

  /** The upstreams' answer; while they fail, a stale one; else SERVFAIL. Never rejects. */
  async resolve(question: ColdQuestion, source: Address): Promise<Resolution> {
    const networks = networksOf(source);
    const leave = this.waiting.enter(networks);
    const fetched = leave === null ? null : this.fetch(question, networks);
    try {
      return await (fetched === null ? this.limited(question) : this.wait(question, fetched));
    } finally {
      leave?.();
    }
  }

  /** Fetches an answer again that is still good. */
  refresh(question: ColdQuestion): void {
    void this.fetch(question, REFRESHES);
  }

  private async wait(question: ColdQuestion, fetched: Promise<Answer | null>): Promise<Resolution> {
    const { cache, now } = this.options;
    const entry = cache.get(question.key);
    if (entry !== undefined && mayServeStale(entry, now())) {
      const answer = await orNullAfter(STALE_WAIT_MS, fetched);
      if (answer !== null && answer.rcode !== RCODE.SERVFAIL) return fresh(answer);
      cache.noteFailure(question.key, now() + STALE_RETRY_MS);
      return { answer: entry, kind: 'stale' };
    }
    const answer = await fetched;
    if (answer !== null) return fresh(answer);
    const failed = failedAnswer(question.bytes, NO_UPSTREAM);
    cache.set(question.key, failed, now());
    return fresh(failed);
  }

  /** Nothing is kept: it says nothing about the name, and another source may have room. */
  private limited(question: ColdQuestion): Resolution {
    const { cache, now } = this.options;
    const entry = cache.get(question.key);
    if (entry !== undefined && mayServeStale(entry, now())) return { answer: entry, kind: 'stale' };
    return { answer: failedAnswer(question.bytes, TOO_MANY), kind: 'limited' };
  }

  /** Equal questions share one upstream query. Null: there is no place for it, or the source has had too many. */
  private fetch(question: ColdQuestion, networks: readonly Network[]): Promise<Answer | null> | null {
    const key = Buffer.from(question.key.bytes).toString('latin1');
    const running = this.inFlight.get(key);
    if (running !== undefined) return running;
    const leave = this.fetches.enter(networks);
    if (leave === null) return null;
    if (networks !== REFRESHES && !this.rates.allows(networks, this.options.now())) {
      leave();
      return null;
    }
    const fetched = this.options.upstreams
      .resolve(question)
      .then((answer) => {
        this.keep(question.key, answer);
        return answer;
      })
      .finally(() => {
        leave();
        this.inFlight.delete(key);
      });
    this.inFlight.set(key, fetched);
    return fetched;
  }

  /** A failure never displaces an answer that can still be served stale. */
  private keep(key: CacheKey, answer: Answer | null): void {
    const { cache, now } = this.options;
    if (answer === null || answer.length + answer.optionsLength > MAX_KEPT) return;
    if (answer.rcode !== RCODE.SERVFAIL) {
      if (answer.ttl > 0) cache.set(key, answer, now());
      return;
    }
    const entry = cache.get(key);
    if (entry === undefined || !mayServeStale(entry, now())) cache.set(key, { ...answer, ttl: 1 }, now());
  }
}

function fresh(answer: Answer): Resolution {
  return { answer, kind: answer.rcode === RCODE.SERVFAIL ? 'failed' : 'forwarded' };
}

function orNullAfter<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
