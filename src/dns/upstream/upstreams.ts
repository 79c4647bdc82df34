// The upstreams in order of preference: which ones are asked, for how long, and which are left out while they are down.
import type { Upstream } from '../../config/dns-node.js';
import { type Answer, readAnswer } from '../wire/answer.js';
import { HEADER_SIZE, RCODE } from '../wire/wire.js';
import { ExchangeError, type ExchangeFailure, isTruncated, type UpstreamQuestion } from './exchange.js';
import { PlainUpstream } from './plain-upstream.js';
import { TlsUpstream } from './tls-upstream.js';
import type { HealthState } from './upstream-health.js';
import { type AttemptLimits, type UpstreamPath, type UpstreamTransport } from './upstream-transport.js';

/** The outcome of one attempt, as metrics count it. */
export type AttemptOutcome = 'answered' | ExchangeFailure;

/** The health of an upstream over one of its transports. */
export interface UpstreamState {
  /** Its position in the list, from 1. */
  readonly position: number;
  readonly path: UpstreamPath;
  readonly state: HealthState;
}

export interface UpstreamsOptions {
  readonly upstreams: readonly Upstream[];
  /** PEM of the authorities that are trusted for TLS; undefined: Node's own list. */
  readonly authorities: readonly string[] | undefined;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  readonly onAttempt: (outcome: AttemptOutcome, seconds: number) => void;
  /** Called with `down` when an upstream is lost, and `up` when it is back: once for each outage. */
  readonly onChange: (state: UpstreamState) => void;
  /** Milliseconds for an attempt over UDP or TLS, in each round over the upstreams. */
  readonly roundsMs: readonly number[];
}

/** For all attempts together: less than the timeout of clients (5 s is common). */
const DEADLINE_MS = 4000;
/** For the repetition over TCP of a query whose response over UDP was truncated. */
const TCP_MS = 2000;

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

  /** The health of every upstream over each of its transports. */
  states(): UpstreamState[] {
    return this.transports.flatMap(({ paths }, index) =>
      paths.map(({ path, health }) => ({ position: index + 1, path, state: health.state })),
    );
  }

  /** Closes connections. Queries in flight fail, and no more are sent. */
  close(): void {
    this.isClosed = true;
    for (const transport of this.transports) transport.close();
  }

  /**
   * The answer with NOERROR, NXDOMAIN or YXDOMAIN of the first upstream that has one. Otherwise SERVFAIL of an upstream, whose
   * extended error may explain it. Null when no upstream answers, and at once when there are none. Never rejects.
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
          tcpMs: Math.min(TCP_MS, leftMs),
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
   * Upstreams that are up, in order of preference, and then those that are suspected. When all are down, all are asked
   * once: one of them may be back.
   */
  private toAsk(round: number): readonly UpstreamTransport[] {
    const inState = (state: HealthState) =>
      this.transports.filter(({ paths }) => paths[0]!.health.state === state);
    const alive = [...inState('up'), ...inState('suspected')];
    return alive.length > 0 || round > 0 ? alive : this.transports;
  }

  /** One attempt. Null: there is no answer that can be passed on. */
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
      done(error.failure);
      return null;
    }
  }
}

/** An upstream's REFUSED, NOTIMP or FORMERR is not passed on: to a device it would mean that it is unlisted. */
const PASSED_ON: ReadonlySet<number> = new Set([
  RCODE.NOERROR,
  RCODE.NXDOMAIN,
  RCODE.YXDOMAIN,
  RCODE.SERVFAIL,
]);

/** A response that is truncated even over a connection is incomplete, and is not used. */
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
