// The metrics of the edge: totals of this node. No label carries a name, an address or an account.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { addGauge } from '../runtime/gauge.js';
import type { AnswerCache } from './cache/cache-writer.js';
import { KINDS, type Kind, NO_RCODE, type Tally } from './tally.js';
import type { StreamEvents } from './transport/streams.js';
import { TRANSPORTS, type Transport } from './transport/transports.js';
import type { AttemptOutcome, Upstreams } from './upstream/upstreams.js';
import { RCODE } from './wire/wire.js';

const RCODE_NAMES = new Map<number, string>(Object.entries(RCODE).map(([name, code]) => [code, name]));

type LabelsOf = (transport: Transport, kind: Kind, rcode: number) => Record<string, string> | null;

function rcodeName(rcode: number): string {
  return rcode === NO_RCODE ? 'NONE' : (RCODE_NAMES.get(rcode) ?? 'OTHER');
}

/** What the edge reports as it happens. Everything else is read when metrics are collected. */
export interface EdgeMetrics extends StreamEvents {
  upstreamAttempt(outcome: AttemptOutcome, seconds: number): void;
  workerLost(): void;
}

export function createEdgeMetrics(
  registry: Registry,
  {
    tallies,
    cache,
    tcpConnections,
    upstreams,
  }: {
    /** One of each thread. */
    readonly tallies: readonly Tally[];
    readonly cache: AnswerCache;
    readonly tcpConnections: () => number;
    readonly upstreams: Upstreams;
  },
): EdgeMetrics {
  const registers = [registry];
  const count = (counter: Counter, labelsOf: LabelsOf) => {
    counter.reset();
    for (const tally of tallies) {
      tally.each((transport, kind, rcode, times) => {
        const labels = labelsOf(transport, kind, rcode);
        if (labels !== null) counter.inc(labels, times);
      });
    }
  };
  new Counter({
    name: 'dns_queries_total',
    help: `DNS messages received, by transport: ${TRANSPORTS.join(', ')}.`,
    labelNames: ['transport'],
    registers,
    collect() {
      count(this, (transport) => ({ transport }));
    },
  });
  new Counter({
    name: 'dns_answers_total',
    help: `Outcomes of messages by rcode (NONE: no response) and kind: ${KINDS.join(', ')}.`,
    labelNames: ['kind', 'rcode'],
    registers,
    collect() {
      count(this, (_transport, kind, rcode) => ({ kind, rcode: rcodeName(rcode) }));
    },
  });
  new Counter({
    name: 'dns_cache_hits_total',
    help: 'Queries for forwarded names that the cache answered.',
    registers,
    collect() {
      count(this, (_transport, kind) => (kind === 'cached' ? {} : null));
    },
  });
  const lost = new Counter({
    name: 'dns_workers_lost_total',
    help: 'UDP workers that ended unexpectedly and were started again.',
    registers,
  });
  const upstreamSeconds = new Histogram({
    name: 'dns_upstream_seconds',
    help: 'Time of the attempts that an upstream answered.',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  });
  const upstreamAttempts = new Counter({
    name: 'dns_upstream_attempts_total',
    help: 'Attempts to ask an upstream, by outcome: answered, timeout, unreachable, untrusted (its certificate), closed, malformed, truncated, refused, busy (a limit of this node).',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'dns_upstream_up',
    help: '1 while an upstream responds over a transport (udp, tcp, tls), otherwise 0; by its position in DNS_UPSTREAMS, from 1.',
    labelNames: ['upstream', 'transport'],
    registers,
    collect() {
      for (const { position, path, state } of upstreams.states()) {
        this.set({ upstream: position, transport: path }, state === 'down' ? 0 : 1);
      }
    },
  });
  const rejected = new Counter({
    name: 'dns_tcp_rejected_total',
    help: 'Connections of TCP, DoT and DoH that were closed at once because too many were open.',
    registers,
  });
  const evicted = new Counter({
    name: 'dns_tcp_evicted_total',
    help: 'Open connections of TCP, DoT and DoH that were closed to make room for new ones.',
    registers,
  });
  const failed = new Counter({
    name: 'dns_connections_failed_total',
    help: 'Connections that failed before a query, by stage: proxy-header (a balancer sent no valid header) or handshake (TLS).',
    labelNames: ['transport', 'stage'],
    registers,
  });
  const socketErrors = new Counter({
    name: 'dns_socket_errors_total',
    help: 'Socket errors, by transport.',
    labelNames: ['transport'],
    registers,
  });
  addGauge(registry, 'dns_cache_bytes', 'Bytes of memory that the cache uses.', () => cache.bytes);
  addGauge(registry, 'dns_cache_entries', 'Responses in the cache.', () => cache.size);
  addGauge(registry, 'dns_tcp_connections', 'Open connections of TCP, DoT and DoH together.', tcpConnections);
  return {
    upstreamAttempt(outcome, seconds) {
      upstreamAttempts.inc({ outcome });
      if (outcome === 'answered') upstreamSeconds.observe(seconds);
    },
    connectionLimited: (outcome) => (outcome === 'evicted' ? evicted : rejected).inc(),
    connectionFailed: (transport, stage) => failed.inc({ transport, stage }),
    socketError: (transport) => socketErrors.inc({ transport }),
    workerLost: () => lost.inc(),
  };
}
