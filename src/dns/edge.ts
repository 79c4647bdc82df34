// The smart-DNS edge: sockets in front, the chain behind, and a catalogue that can be replaced while it answers.
import type { Registry } from 'prom-client';
import type { Address } from '../allowlist/address.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Endpoint } from '../config/settings.js';
import { answer, type ChainParts, type Outcome, type Transport } from './chain.js';
import { Directory } from './directory.js';
import { Forwarder } from './forwarder.js';
import { createEdgeMetrics, type EdgeMetrics } from './metrics.js';
import { type RateLimit, ResponseRateLimiter } from './rate-limit.js';
import { type TcpLimits, TcpServer } from './tcp.js';
import { UdpServer } from './udp.js';
import { Upstreams } from './upstreams.js';

export interface EdgeLimits {
  /** Answers over UDP to networks that are not listed. */
  readonly unlisted: RateLimit;
  readonly tcp: TcpLimits;
  readonly cacheBytes: number;
  /** For how long an upstream is waited for, in each round over the upstreams. */
  readonly upstreamRoundsMs: readonly number[];
}

const DEFAULT_LIMITS: EdgeLimits = {
  unlisted: { perSecond: 200, burst: 1000 },
  tcp: { connections: 1000, connectionsPerSource: 20, idleMs: 10_000, inFlight: 16 },
  cacheBytes: 32 * 1024 * 1024,
  upstreamRoundsMs: [750, 1500],
};

export interface EdgeOptions {
  /** Port 0: a free one, the same for both transports. */
  readonly listen: Endpoint;
  readonly catalogue: Catalogue;
  /** The region of a listed address. */
  readonly find: (address: Address) => string | undefined;
  /** In order of preference; may be empty. */
  readonly upstreams: readonly Endpoint[];
  readonly registry: Registry;
  readonly limits?: Partial<EdgeLimits>;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

export interface Edge {
  readonly udpPort: number;
  readonly tcpPort: number;
  useCatalogue(next: Catalogue): void;
  /** Sends the answers in flight, lets connections end, closes the sockets. */
  close(): Promise<void>;
}

/** Rejects with the system's error when a port cannot be had. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const edge = new EdgeServer(options);
  await edge.start();
  return edge;
}

/** With port 0 the system chooses for TCP, and UDP may find that port taken. */
const PORT_CHOICES = 10;

class EdgeServer implements Edge {
  udpPort = 0;
  tcpPort = 0;
  private readonly limits: EdgeLimits;
  private readonly metrics: EdgeMetrics;
  private parts: ChainParts;
  private udp: UdpServer;
  private tcp: TcpServer;

  constructor(private readonly options: EdgeOptions) {
    const { catalogue, find, upstreams, registry, now = () => performance.now() } = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { unlisted, cacheBytes, upstreamRoundsMs } = this.limits;
    const forwarder = new Forwarder({
      upstreams: new Upstreams({
        endpoints: upstreams,
        now,
        onAttempt: (outcome, seconds) => this.metrics.upstreamAttempt(outcome, seconds),
        roundsMs: upstreamRoundsMs,
      }),
      cacheBytes,
      now,
    });
    this.metrics = createEdgeMetrics(registry, forwarder.cache, () => this.tcp.size);
    const limiter = new ResponseRateLimiter(unlisted, now);
    this.parts = { directory: new Directory(catalogue), find, limiter, forwarder };
    this.udp = this.newUdp();
    this.tcp = this.newTcp();
  }

  async start(): Promise<void> {
    const { host, port } = this.options.listen;
    for (let choice = 1; ; choice++) {
      this.tcpPort = await this.tcp.start({ host, port });
      try {
        this.udpPort = await this.udp.start(this.tcpPort);
        return;
      } catch (error) {
        await Promise.all([this.tcp.stop(), this.udp.stop()]);
        if (port !== 0 || choice === PORT_CHOICES) throw error;
        this.udp = this.newUdp();
        this.tcp = this.newTcp();
      }
    }
  }

  useCatalogue(next: Catalogue): void {
    this.parts = { ...this.parts, directory: new Directory(next) };
  }

  async close(): Promise<void> {
    await Promise.all([this.udp.stop(), this.tcp.stop()]);
  }

  private newUdp(): UdpServer {
    return new UdpServer({
      host: this.options.listen.host,
      answer: (bytes, source) => this.serve(bytes, source, 'udp'),
      onFault: () => this.metrics.transportFault('udp'),
    });
  }

  private newTcp(): TcpServer {
    return new TcpServer({
      limits: this.limits.tcp,
      isListed: (source) => this.options.find(source) !== undefined,
      answer: (bytes, source) => this.serve(bytes, source, 'tcp'),
      onRejected: () => this.metrics.tcpRejected(),
      onFault: () => this.metrics.transportFault('tcp'),
    });
  }

  /** Synchronous as long as the chain is. */
  private serve(
    bytes: Buffer,
    source: Address,
    transport: Transport,
  ): Buffer | null | Promise<Buffer | null> {
    const counted = (outcome: Outcome) => {
      this.metrics.answered(transport, outcome);
      return outcome.message;
    };
    const outcome = answer(bytes, source, transport, this.parts);
    return outcome instanceof Promise ? outcome.then(counted) : counted(outcome);
  }
}
