// What an upstream's transport offers: its paths with their health, and the exchange of a query.
import type { UpstreamQuestion } from './exchange.js';
import type { Health } from './upstream-health.js';

/** Milliseconds for an attempt. */
export interface AttemptLimits {
  /** For a response over UDP or TLS. */
  readonly replyMs: number;
  /** For the same query over TCP, after a truncated response over UDP. */
  readonly tcpMs: number;
  /** The last attempt, which uses TCP even if it is considered down. */
  readonly isLast: boolean;
}

export type UpstreamPath = 'udp' | 'tcp' | 'tls';

/** The transports of one upstream. */
export interface UpstreamTransport {
  /** Each transport has its own health. Queries are sent over the first. */
  readonly paths: readonly { readonly path: UpstreamPath; readonly health: Health }[];
  /**
   * Sends a query and resolves with a response of the same ID and question; nothing else in it has been checked. Rejects with
   * ExchangeError.
   */
  exchange(question: UpstreamQuestion, limits: AttemptLimits): Promise<Buffer>;
  /** Closes connections. Queries in flight over them fail. */
  close(): void;
}
