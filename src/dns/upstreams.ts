// The upstreams in order of preference: who is asked, for how long, and who is left alone after failing.
import type { Endpoint } from '../config/settings.js';
import { type Answer, readAnswer } from './answer.js';
import { ExchangeError, exchange, type UpstreamQuestion } from './exchange.js';
import { HEADER_SIZE, RCODE } from './wire.js';

/** What became of one attempt, for counting. */
export type AttemptOutcome = 'answered' | 'timeout' | 'unreachable' | 'malformed' | 'refused';

export interface UpstreamsOptions {
  readonly endpoints: readonly Endpoint[];
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  readonly onAttempt: (outcome: AttemptOutcome, seconds: number) => void;
  /** How long an attempt over UDP may take, in each round over the upstreams. */
  readonly roundsMs: readonly number[];
}

/** The whole search, so that a client's own timeout (5 s is common) still sees its end. */
const DEADLINE_MS = 4000;
const TCP_MS = 2000;
const DOWN_MS = 5000;
/** One timeout may be the name's fault; several in a row are the upstream's. */
const TIMEOUTS_UNTIL_DOWN = 3;

interface Upstream {
  readonly endpoint: Endpoint;
  timeouts: number;
  downUntil: number;
}

export class Upstreams {
  private readonly upstreams: readonly Upstream[];

  constructor(private readonly options: UpstreamsOptions) {
    this.upstreams = options.endpoints.map((endpoint) => ({ endpoint, timeouts: 0, downUntil: 0 }));
  }

  /**
   * NOERROR, NXDOMAIN or YXDOMAIN from the first upstream that has one. Else SERVFAIL from an upstream, if any says so,
   * because it may explain it. Null when no upstream answers; at once when all are down or there is none.
   */
  async resolve(question: UpstreamQuestion): Promise<Answer | null> {
    const deadline = this.options.now() + DEADLINE_MS;
    let failure: Answer | null = null;
    for (const roundMs of this.options.roundsMs) {
      for (const upstream of this.upstreams.filter(({ downUntil }) => downUntil <= this.options.now())) {
        const udpMs = Math.min(roundMs, deadline - this.options.now());
        if (udpMs <= 0) return failure;
        const answer = await this.attempt(upstream, question, udpMs);
        if (answer !== null && answer.rcode !== RCODE.SERVFAIL) return answer;
        failure = answer ?? failure;
      }
      if (failure !== null) return failure;
    }
    return null;
  }

  /** Null when nothing came that can be passed on. */
  private async attempt(
    upstream: Upstream,
    question: UpstreamQuestion,
    udpMs: number,
  ): Promise<Answer | null> {
    const startedAt = this.options.now();
    const done = (outcome: AttemptOutcome) =>
      this.options.onAttempt(outcome, (this.options.now() - startedAt) / 1000);
    try {
      const reply = await exchange(upstream.endpoint, question, { udpMs, tcpMs: TCP_MS });
      upstream.timeouts = 0;
      const answer = readAnswer(reply, HEADER_SIZE + question.octets.length);
      const outcome = answer === null ? 'malformed' : PASSED_ON.has(answer.rcode) ? 'answered' : 'refused';
      done(outcome);
      return outcome === 'answered' ? answer : null;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      done(error.fault);
      upstream.timeouts += 1;
      if (error.fault === 'unreachable' || upstream.timeouts >= TIMEOUTS_UNTIL_DOWN) {
        upstream.downUntil = this.options.now() + DOWN_MS;
      }
      return null;
    }
  }
}

/** An upstream's own REFUSED, NOTIMP or FORMERR would tell a device that it is not listed, which is wrong. */
const PASSED_ON: ReadonlySet<number> = new Set([
  RCODE.NOERROR,
  RCODE.NXDOMAIN,
  RCODE.YXDOMAIN,
  RCODE.SERVFAIL,
]);
