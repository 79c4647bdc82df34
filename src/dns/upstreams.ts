// The upstreams in order of preference: who is asked, for how long, and who is left alone after failing.
import type { Upstream } from '../config/dns-node.js';
import { type Answer, readAnswer } from './answer.js';
import {
  ExchangeError,
  type ExchangeFault,
  type UpstreamQuestion,
  type UpstreamTransport,
} from './exchange.js';
import { PlainUpstream } from './plain-upstream.js';
import { TlsUpstream } from './tls-upstream.js';
import { HEADER_SIZE, RCODE } from './wire.js';

/** What became of one attempt, for counting. */
export type AttemptOutcome = 'answered' | ExchangeFault;

export interface UpstreamsOptions {
  readonly upstreams: readonly Upstream[];
  /** PEM of the authorities that are believed over TLS; undefined: Node's own list. */
  readonly authorities: readonly string[] | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  readonly onAttempt: (outcome: AttemptOutcome, seconds: number) => void;
  /** How long an attempt over UDP or TLS may take, in each round over the upstreams. */
  readonly roundsMs: readonly number[];
}

/** The whole search, so that a client's own timeout (5 s is common) still sees its end. */
const DEADLINE_MS = 4000;
const DOWN_MS = 5000;
/** One failure may be the name's fault; several in a row are the upstream's. */
const FAILURES_UNTIL_DOWN = 3;
/** What no other question would change. */
const DOWN_AT_ONCE: ReadonlySet<ExchangeFault> = new Set(['unreachable', 'untrusted']);
/** What says nothing about whether the upstream is well. */
const NO_FAILURE: ReadonlySet<ExchangeFault> = new Set(['refused', 'busy']);

interface Candidate {
  readonly transport: UpstreamTransport;
  failures: number;
  downUntil: number;
}

export class Upstreams {
  private readonly candidates: readonly Candidate[];
  private isClosed = false;

  constructor(private readonly options: UpstreamsOptions) {
    this.candidates = options.upstreams.map((upstream) => {
      const transport = openTransport(upstream, options.authorities);
      return { transport, failures: 0, downUntil: 0 };
    });
  }

  /** Ends connections. What is being looked for over them is not found, and nothing is asked any more. */
  close(): void {
    this.isClosed = true;
    for (const { transport } of this.candidates) transport.close();
  }

  /**
   * NOERROR, NXDOMAIN or YXDOMAIN from the first upstream that has one. Else SERVFAIL from an upstream, if any says so,
   * because it may explain it. Null when no upstream answers; at once when all are down or there is none.
   */
  async resolve(question: UpstreamQuestion): Promise<Answer | null> {
    const deadline = this.options.now() + DEADLINE_MS;
    let failure: Answer | null = null;
    for (const roundMs of this.options.roundsMs) {
      for (const candidate of this.candidates.filter(({ downUntil }) => downUntil <= this.options.now())) {
        const timeoutMs = Math.min(roundMs, deadline - this.options.now());
        if (timeoutMs <= 0 || this.isClosed) return failure;
        const answer = await this.attempt(candidate, question, timeoutMs);
        if (answer !== null && answer.rcode !== RCODE.SERVFAIL) return answer;
        failure = answer ?? failure;
      }
      if (failure !== null) return failure;
    }
    return null;
  }

  /** Null when nothing came that can be passed on. */
  private async attempt(
    candidate: Candidate,
    question: UpstreamQuestion,
    timeoutMs: number,
  ): Promise<Answer | null> {
    const startedAt = this.options.now();
    const done = (outcome: AttemptOutcome) =>
      this.options.onAttempt(outcome, (this.options.now() - startedAt) / 1000);
    try {
      const reply = await candidate.transport.exchange(question, timeoutMs);
      candidate.failures = 0;
      const answer = readAnswer(reply, HEADER_SIZE + question.octets.length);
      const outcome = answer === null ? 'malformed' : PASSED_ON.has(answer.rcode) ? 'answered' : 'refused';
      done(outcome);
      return outcome === 'answered' ? answer : null;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      done(error.fault);
      if (NO_FAILURE.has(error.fault)) return null;
      candidate.failures += 1;
      if (DOWN_AT_ONCE.has(error.fault) || candidate.failures >= FAILURES_UNTIL_DOWN) {
        candidate.downUntil = this.options.now() + DOWN_MS;
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

function openTransport(upstream: Upstream, authorities: readonly string[] | undefined): UpstreamTransport {
  return upstream.kind === 'plain'
    ? new PlainUpstream(upstream.endpoint)
    : new TlsUpstream({ ...upstream, authorities });
}
