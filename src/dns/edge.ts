// The smart-DNS edge: sockets in front, the chain behind, and a catalogue that can be replaced while it answers.
import { randomInt } from 'node:crypto';
import type { Registry } from 'prom-client';
import type { Address } from '../allowlist/address.js';
import { AllowlistReader, type AllowlistReplica } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Endpoint } from '../config/settings.js';
import { AnswerCache, createSharedCache } from './cache.js';
import { COLD, Responder, SILENCE } from './chain.js';
import { monotonicClock } from './clock.js';
import { CookieSecrets, Cookies } from './cookies.js';
import { Directory } from './directory.js';
import { coldQuestion, Forwarder } from './forwarder.js';
import { loadLibc } from './libc.js';
import { createEdgeMetrics, type EdgeMetrics } from './metrics.js';
import { type RateLimit, ResponseRateLimiter } from './rate-limit.js';
import { Tally, type Transport } from './tally.js';
import { type TcpLimits, TcpServer } from './tcp.js';
import { UdpServer } from './udp.js';
import { UdpWorkers } from './udp-workers.js';
import { Upstreams } from './upstreams.js';
import { TCP_PAYLOAD } from './wire.js';

export interface EdgeLimits {
  /** Answers over UDP to networks that are not listed. */
  readonly strangers: RateLimit;
  /** Answers of more than 512 octets over UDP to networks that are listed. */
  readonly longAnswers: RateLimit;
  readonly tcp: TcpLimits;
  readonly cacheBytes: number;
  /** For how long an upstream is waited for, in each round over the upstreams. */
  readonly upstreamRoundsMs: readonly number[];
}

const DEFAULT_LIMITS: EdgeLimits = {
  strangers: { perSecond: 200, burst: 1000 },
  longAnswers: { perSecond: 100, burst: 500 },
  tcp: { connections: 1000, connectionsPerSource: 20, idleMs: 10_000, inFlight: 16 },
  cacheBytes: 32 * 1024 * 1024,
  upstreamRoundsMs: [750, 1500],
};

export interface EdgeOptions {
  /** Port 0: a free one, the same for both transports. */
  readonly listen: Endpoint;
  readonly catalogue: Catalogue;
  readonly allowlist: AllowlistReplica;
  /** In order of preference; may be empty. */
  readonly upstreams: readonly Endpoint[];
  readonly registry: Registry;
  /** Threads that answer over UDP; 0: the portable transport, which is also taken where the system has no other. */
  readonly workers: number;
  /** What the threads run, when it does not stand beside this file. */
  readonly workerScript?: URL;
  /** Whether a fetch over UDP needs a server cookie. */
  readonly provesSource: boolean;
  /** Secrets of server cookies, the first of which makes them; random ones when there is none. */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly limits?: Partial<EdgeLimits>;
  /** Milliseconds on a clock that never goes back. Threads read the system's. */
  readonly now?: () => number;
}

export interface Edge {
  readonly udpPort: number;
  readonly tcpPort: number;
  /** How UDP is served: in batches by threads, or by the portable transport. */
  readonly udpTransport: 'batches' | 'portable';
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

/** RFC 7873 section 7.1 would have it every 26 hours. */
const NEW_SECRET_MS = 86_400_000;

class EdgeServer implements Edge {
  udpPort = 0;
  tcpPort = 0;
  readonly udpTransport: Edge['udpTransport'];
  private readonly limits: EdgeLimits;
  private readonly metrics: EdgeMetrics;
  private readonly responder: Responder;
  private readonly forwarder: Forwarder;
  private readonly seed = randomInt(2 ** 32) | 0;
  /** One query at a time, and its answer. */
  private readonly octets = new Uint8Array(TCP_PAYLOAD);
  private readonly newUdp: () => UdpServer | UdpWorkers;
  private udp: UdpServer | UdpWorkers;
  private tcp: TcpServer;
  private readonly secretTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: EdgeOptions) {
    const { allowlist, registry, now = monotonicClock(), cookieSecrets, provesSource } = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { strangers, longAnswers, cacheBytes, upstreamRoundsMs } = this.limits;
    const cache = new AnswerCache(createSharedCache(cacheBytes));
    const upstreams = new Upstreams({
      endpoints: options.upstreams,
      now,
      onAttempt: (outcome, seconds) => this.metrics.upstreamAttempt(outcome, seconds),
      roundsMs: upstreamRoundsMs,
    });
    this.forwarder = new Forwarder({ upstreams, cache, now });
    const secrets = CookieSecrets.of(cookieSecrets);
    if (cookieSecrets.length === 0) {
      this.secretTimer = setInterval(() => secrets.rotate(), NEW_SECRET_MS).unref();
    }
    this.responder = new Responder(this.seed, {
      directory: new Directory(options.catalogue, this.seed, allowlist.shared().regions),
      allowlist: new AllowlistReader(allowlist.shared()),
      strangers: new ResponseRateLimiter(strangers),
      longAnswers: new ResponseRateLimiter(longAnswers),
      cookies: new Cookies(secrets, () => Math.floor(Date.now() / 1000)),
      provesSource,
      cache,
      onRefresh: (query) => this.forwarder.refresh(coldQuestion(query)),
      tally: new Tally(),
      now,
    });
    const { parts } = this.responder;
    allowlist.onPublished((shared) => {
      const reader = new AllowlistReader(shared);
      parts.allowlist = reader;
      parts.directory.useRegions(reader.regions);
    });
    const libc = options.workers > 0 ? loadLibc() : null;
    const tallies = libc === null ? [] : Array.from({ length: options.workers }, () => new Tally());
    this.udpTransport = libc === null ? 'portable' : 'batches';
    this.metrics = createEdgeMetrics(registry, {
      tallies: [parts.tally, ...tallies],
      cache,
      tcpConnections: () => this.tcp.size,
    });
    this.newUdp = () => {
      const onFault = () => this.metrics.transportFault('udp');
      const { host } = options.listen;
      if (libc === null)
        return new UdpServer({ host, answer: (query, source) => this.answer(query, source, 'udp'), onFault });
      return new UdpWorkers({
        libc,
        host,
        count: options.workers,
        script: options.workerScript ?? new URL('./udp-worker.js', import.meta.url),
        setup: {
          seed: this.seed,
          limits: { strangers, longAnswers },
          strangers: parts.strangers.shared,
          longAnswers: parts.longAnswers.shared,
          secrets: secrets.words.buffer,
          provesSource,
          cache: cache.shared,
        },
        allowlist,
        catalogue: options.catalogue,
        tallies: tallies.map(({ memory }) => memory),
        fetch: async (query, source) => this.answer(query, source, 'udp'),
        refresh: (query) => {
          if (this.responder.query.read(query, query.length))
            this.forwarder.refresh(coldQuestion(this.responder.query));
        },
        onFault,
        onLost: () => this.metrics.workerLost(),
      });
    };
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
    const { parts } = this.responder;
    parts.directory = new Directory(next, this.seed, this.options.allowlist.shared().regions);
    if (this.udp instanceof UdpWorkers) this.udp.useCatalogue(next);
  }

  async close(): Promise<void> {
    clearInterval(this.secretTimer);
    await Promise.all([this.udp.stop(), this.tcp.stop()]);
  }

  private newTcp(): TcpServer {
    return new TcpServer({
      limits: this.limits.tcp,
      isListed: (source) => this.responder.parts.allowlist.find(source) !== 0,
      answer: (bytes, source) => this.answer(bytes, source, 'tcp'),
      onRejected: () => this.metrics.tcpRejected(),
      onFault: () => this.metrics.transportFault('tcp'),
    });
  }

  /** At once when nothing has to be fetched. Null: no answer. */
  private answer(
    query: Uint8Array,
    source: Address,
    transport: Transport,
  ): Buffer | null | Promise<Buffer | null> {
    this.octets.set(query);
    const length = this.responder.respond(this.octets, query.length, source, transport);
    if (length === COLD) return this.fetch(Uint8Array.from(query), source, transport);
    return length === SILENCE ? null : Buffer.from(this.octets.subarray(0, length));
  }

  private async fetch(query: Uint8Array, source: Address, transport: Transport): Promise<Buffer> {
    const resolution = await this.forwarder.resolve(coldQuestion(this.responder.query));
    this.octets.set(query);
    const how = { ...resolution, length: query.length, transport };
    const length = this.responder.finish(this.octets, source, how);
    return Buffer.from(this.octets.subarray(0, length));
  }
}
