// The upstreams in order of preference: who is asked, for how long, and who is left out while nothing comes from them.
import type { Upstream } from '../../config/dns-node.js';
import { type Answer, readAnswer } from '../wire/answer.js';
import { HEADER_SIZE, RCODE } from '../wire/wire.js';
import {
  type AttemptLimits,
  ExchangeError,
  type ExchangeFault,
  isTruncated,
  type UpstreamPath,
  type UpstreamQuestion,
  type UpstreamTransport,
} from './exchange.js';
import { PlainUpstream } from './plain-upstream.js';
import { TlsUpstream } from './tls-upstream.js';
import type { HealthState } from './upstream-health.js';

/** What became of one attempt, for counting. */
export type AttemptOutcome = 'answered' | ExchangeFault;

/** How an upstream is over one of its transports. */
export interface UpstreamState {
  /** Its position in the list, from 1. */
  readonly position: number;
  readonly path: UpstreamPath;
  readonly state: HealthState;
}

export interface UpstreamsOptions {
  readonly upstreams: readonly Upstream[];
  /** PEM of the authorities that are believed over TLS; undefined: Node's own list. */
  readonly authorities: readonly string[] | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  readonly onAttempt: (outcome: AttemptOutcome, seconds: number) => void;
  /** `down` when an upstream is lost, `up` when it is back: once for each outage. */
  readonly onChange: (state: UpstreamState) => void;
  /** How long an attempt over UDP or TLS may take, in each round over the upstreams. */
  readonly roundsMs: readonly number[];
}

/** The whole search, so that a client's own timeout (5 s is common) still sees its end. */
const DEADLINE_MS = 4000;
/** For what UDP has cut. */
const FETCH_MS = 2000;

export class Upstreams {
  private readonly transports: readonly UpstreamTransport[];
  private isClosed = false;

  constructor(private readonly options: UpstreamsOptions) {
    this.transports = options.upstreams.map((upstream, index) =>
      openTransport(upstream, options.authorities, (path, state) =>
        options.onChange({ position: index + 1, path, state }),
      ),
    );
  }

  /** Of every upstream over every transport that it is asked over. */
  states(): UpstreamState[] {
    return this.transports.flatMap(({ paths }, index) =>
      paths.map(({ path, health }) => ({ position: index + 1, path, state: health.state })),
    );
  }

  /** Ends connections. What is being looked for over them is not found, and nothing is asked any more. */
  close(): void {
    this.isClosed = true;
    for (const transport of this.transports) transport.close();
  }

  /**
   * NOERROR, NXDOMAIN or YXDOMAIN from the first upstream that has one. Else SERVFAIL from an upstream, if any says so,
   * because it may explain it. Null when no upstream answers; at once when there is none.
   */
  async resolve(question: UpstreamQuestion): Promise<Answer | null> {
    const { roundsMs, now } = this.options;
    const deadline = now() + DEADLINE_MS;
    let failure: Answer | null = null;
    for (const [round, roundMs] of roundsMs.entries()) {
      for (const transport of this.toAsk(round)) {
        const leftMs = deadline - now();
        if (leftMs <= 0 || this.isClosed) return failure;
        const answer = await this.attempt(transport, question, {
          replyMs: Math.min(roundMs, leftMs),
          fetchMs: Math.min(FETCH_MS, leftMs),
          isLast: round === roundsMs.length - 1,
        });
        if (answer !== null && answer.rcode !== RCODE.SERVFAIL) return answer;
        failure = answer ?? failure;
      }
      if (failure !== null) return failure;
    }
    return null;
  }

  /**
   * Those that are not down, in order of preference, and behind them those that are suspected. When all are down they are
   * asked all the same, once: one of them may be back, and its answer says so.
   */
  private toAsk(round: number): readonly UpstreamTransport[] {
    const inState = (state: HealthState) =>
      this.transports.filter(({ paths }) => paths[0]!.health.state === state);
    const alive = [...inState('up'), ...inState('suspected')];
    return alive.length > 0 || round > 0 ? alive : this.transports;
  }

  /** Null when nothing came that can be passed on. */
  private async attempt(
    transport: UpstreamTransport,
    question: UpstreamQuestion,
    limits: AttemptLimits,
  ): Promise<Answer | null> {
    const startedAt = this.options.now();
    const done = (outcome: AttemptOutcome) =>
      this.options.onAttempt(outcome, (this.options.now() - startedAt) / 1000);
    try {
      const reply = await transport.exchange(question, limits);
      const answer = readAnswer(reply, HEADER_SIZE + question.bytes.length, question.bytes);
      const outcome = outcomeOf(reply, answer);
      done(outcome);
      return outcome === 'answered' ? answer : null;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      done(error.fault);
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

/** What UDP has cut has been fetched over TCP; what is cut still is never whole, and what is missing nobody knows. */
function outcomeOf(reply: Buffer, answer: Answer | null): AttemptOutcome {
  if (isTruncated(reply)) return 'truncated';
  if (answer === null) return 'malformed';
  return PASSED_ON.has(answer.rcode) ? 'answered' : 'refused';
}

function openTransport(
  upstream: Upstream,
  authorities: readonly string[] | undefined,
  onHealth: (path: UpstreamPath, state: HealthState) => void,
): UpstreamTransport {
  return upstream.kind === 'plain'
    ? new PlainUpstream(upstream.endpoint, onHealth)
    : new TlsUpstream({ ...upstream, authorities }, onHealth);
}
