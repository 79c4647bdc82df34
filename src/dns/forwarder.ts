// Names outside the catalogue: from an upstream and into the cache; one upstream query for many equal ones.
import { type Answer, failedAnswer } from './answer.js';
import { type AnswerCache, type CacheKey, mayServeStale } from './cache.js';
import type { Query } from './query.js';
import { extendedError } from './reply.js';
import type { Upstreams } from './upstreams.js';
import { EXTENDED_ERROR, FLAG, HEADER_SIZE, RCODE } from './wire.js';

export interface ForwarderOptions {
  readonly upstreams: Pick<Upstreams, 'resolve'>;
  readonly cache: AnswerCache;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

export interface Resolution {
  readonly answer: Answer;
  /** `stale`: no upstream has a newer one. `failed`: an upstream says so, or none answers. */
  readonly kind: 'forwarded' | 'stale' | 'failed';
}

/** What remains of a query while its answer is being looked for. */
export interface ColdQuestion {
  readonly key: CacheKey;
  /** Name, type and class as on the wire. */
  readonly octets: Uint8Array;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** RFC 8767 section 5: how long to wait for a fresh answer when there is a stale one, and when to try again. */
const STALE_WAIT_MS = 1800;
const STALE_RETRY_MS = 30_000;

/** More questions than this do not wait for upstreams at one time. */
const MAX_IN_FLIGHT = 2000;

const NO_UPSTREAM = extendedError(EXTENDED_ERROR.NO_REACHABLE_AUTHORITY);

/** To be called as long as the query is the one that was read last. */
export function coldQuestion(query: Query): ColdQuestion {
  return {
    key: { octets: query.name.slice(0, query.keyLength), hash: query.keyHash },
    octets: query.bytes.slice(HEADER_SIZE, query.questionEnd),
    dnssecOk: query.dnssecOk,
    checkingDisabled: (query.flags & FLAG.CD) !== 0,
  };
}

export class Forwarder {
  private readonly inFlight = new Map<string, Promise<Answer | null>>();

  constructor(private readonly options: ForwarderOptions) {}

  /** The upstreams' answer; while they fail, a stale one; else SERVFAIL. Never rejects. */
  async resolve(question: ColdQuestion): Promise<Resolution> {
    const { cache, now } = this.options;
    const entry = cache.get(question.key);
    const fetched = this.fetch(question);
    if (entry !== undefined && mayServeStale(entry, now())) {
      const answer = await orNullAfter(STALE_WAIT_MS, fetched);
      if (answer !== null && answer.rcode !== RCODE.SERVFAIL) return fresh(answer);
      cache.noteFailure(question.key, now() + STALE_RETRY_MS);
      return { answer: entry, kind: 'stale' };
    }
    const answer = await fetched;
    if (answer !== null) return fresh(answer);
    const failed = failedAnswer(question.octets, NO_UPSTREAM);
    cache.set(question.key, failed, now());
    return fresh(failed);
  }

  /** Fetches an answer anew that is still good. */
  refresh(question: ColdQuestion): void {
    void this.fetch(question);
  }

  /** Equal questions share one upstream query. */
  private fetch(question: ColdQuestion): Promise<Answer | null> {
    const key = Buffer.from(question.key.octets).toString('latin1');
    const running = this.inFlight.get(key);
    if (running !== undefined) return running;
    if (this.inFlight.size >= MAX_IN_FLIGHT) return Promise.resolve(null);
    const fetched = this.options.upstreams
      .resolve(question)
      .then((answer) => {
        this.keep(question.key, answer);
        return answer;
      })
      .finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, fetched);
    return fetched;
  }

  /** A failure never displaces an answer that can still be served stale. */
  private keep(key: CacheKey, answer: Answer | null): void {
    const { cache, now } = this.options;
    if (answer === null) return;
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
