// The smart-DNS edge: sockets in front, the chain behind, and a catalogue that can be replaced while it answers.
import type { Registry } from 'prom-client';
import type { AllowlistReplica } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Upstream } from '../config/dns-node.js';
import type { Endpoint } from '../config/settings.js';
import { newHashKey } from '../lib/hash.js';
import type { Address, Prefix } from '../lib/ip.js';
import { AnswerCache, createSharedCache } from './cache/cache.js';
import { COLD, type Responder, SILENCE } from './chain.js';
import { monotonicClock } from './clock.js';
import { createEdgeMetrics, type EdgeMetrics } from './metrics.js';
import type { AdmissionLimits } from './policy/admission.js';
import { CookieSecrets } from './policy/cookies.js';
import { createRates, type RateLimit } from './policy/rate-limit.js';
import { openChain, type SharedChain } from './shared-chain.js';
import { Tally, type Transport } from './tally.js';
import { type Libc, loadLibc } from './transport/libc.js';
import { Streams } from './transport/streams.js';
import type { TcpConnectionLimits } from './transport/tcp-connection.js';
import type { Certificate } from './transport/tls-front.js';
import { Turns } from './transport/turns.js';
import { UdpServer } from './transport/udp.js';
import { UdpWorkers } from './transport/udp-workers.js';
import { FetchTurns } from './upstream/fetch-turns.js';
import { coldQuestion, Forwarder } from './upstream/forwarder.js';
import { type UpstreamState, Upstreams } from './upstream/upstreams.js';
import { TCP_PAYLOAD } from './wire/wire.js';

export interface EdgeLimits {
  /** Datagrams of each source. */
  readonly datagrams: RateLimit;
  /** The connections of TCP, DoT and DoH together, and each of them. */
  readonly tcp: AdmissionLimits & TcpConnectionLimits;
  /** Milliseconds for a PROXY header, for a TLS handshake, and for the body of a request over HTTP. */
  readonly handshakeMs: number;
  /** Milliseconds for the first question of a source that is not listed, on its connection. */
  readonly strangerIdleMs: number;
  readonly cacheBytes: number;
  /** Questions that one source may cause to upstreams. */
  readonly forwards: RateLimit;
  /** For how long an upstream is waited for, in each round over the upstreams. */
  readonly upstreamRoundsMs: readonly number[];
}

/** Beyond its rate of forwarded questions a source gets SERVFAIL; of what it asks a thread beyond so many times that, nothing. */
const HANDED_OVER = 5;

const DEFAULT_LIMITS: EdgeLimits = {
  datagrams: { perSecond: 100, burst: 500 },
  tcp: { connections: 1000, connectionsPerSource: 20, idleMs: 10_000, inFlight: 16 },
  handshakeMs: 5000,
  strangerIdleMs: 2000,
  cacheBytes: 32 * 1024 * 1024,
  forwards: { perSecond: 200, burst: 1000 },
  upstreamRoundsMs: [750, 1500],
};

export interface EdgeOptions {
  /** Port 0: a free one, the same for UDP and TCP. */
  readonly listen: Endpoint;
  readonly catalogue: Catalogue;
  readonly allowlist: AllowlistReplica;
  /** In order of preference; may be empty. */
  readonly upstreams: readonly Upstream[];
  /** PEM of the authorities that are believed of upstreams over TLS; Node's own list when absent. */
  readonly upstreamAuthorities?: readonly string[] | undefined;
  /** Load balancers, which name the source of each datagram and connection in a PROXY header; nobody else's is read. */
  readonly balancers?: readonly Prefix[];
  readonly secure?: SecureOptions;
  readonly registry: Registry;
  /** An upstream is lost or back: once for each outage. */
  readonly onUpstream?: (state: UpstreamState) => void;
  /** Threads that answer over UDP; 0: the portable transport, which is also taken where the system has no other. */
  readonly workers: number;
  /** What the threads run, when it does not stand beside this file. */
  readonly workerScript?: URL;
  /** Whether a fetch over UDP needs a server cookie. */
  readonly provesSource: boolean;
  /** Whether listed sources get a "no" to the names by which Private Relay and Firefox ask whether to stay off. */
  readonly answersCanaries: boolean;
  /** Secrets of server cookies, the first of which makes them; random ones when there is none. */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly limits?: Partial<EdgeLimits>;
  /** Milliseconds on a clock that never goes back. Threads read the system's. */
  readonly now?: () => number;
}

/** DoT and DoH, each where it has an endpoint. */
export interface SecureOptions {
  readonly certificate: Certificate;
  readonly dot: Endpoint | null;
  readonly doh: Endpoint | null;
}

export interface Edge {
  readonly udpPort: number;
  readonly tcpPort: number;
  /** Null: off. */
  readonly dotPort: number | null;
  readonly dohPort: number | null;
  /** How UDP is served: in batches by threads, or by the portable transport. */
  readonly udpTransport: 'batches' | 'portable';
  useCatalogue(next: Catalogue): void;
  /** For new connections of DoT and DoH; open ones go on. */
  useCertificate(next: Certificate): void;
  /** Sends the answers in flight, lets connections end, closes the sockets. */
  close(): Promise<void>;
}

/** A port cannot be had; `cause` is the system's error. */
export class EdgeListenError extends Error {
  constructor(
    readonly listener: 'dns' | 'dot' | 'doh',
    cause: unknown,
  ) {
    super(`cannot listen for ${listener}`, { cause });
    this.name = 'EdgeListenError';
  }
}

/** Rejects with EdgeListenError. */
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
  dotPort: number | null = null;
  dohPort: number | null = null;
  private readonly limits: EdgeLimits;
  private readonly metrics: EdgeMetrics;
  private readonly chain: SharedChain;
  private readonly cache: AnswerCache;
  private readonly secrets: CookieSecrets;
  /** For what comes by connection, by the portable transport, and for what the threads cannot answer from memory. */
  private readonly responder: Responder;
  private readonly upstreams: Upstreams;
  private readonly forwarder: Forwarder;
  private readonly turns = new Turns();
  private readonly fetches = new FetchTurns(this.turns, (query, source) =>
    this.answer(query, source, 'udp', true),
  );
  /** One query at a time, and its answer. */
  private readonly bytes = new Uint8Array(TCP_PAYLOAD);
  /** Null: UDP is served by the portable transport. */
  private readonly libc: Libc | null;
  /** What the threads have answered. */
  private readonly tallies: readonly Tally[];
  private udp: UdpServer | UdpWorkers;
  private readonly streams: Streams;
  private secretTimer: NodeJS.Timeout | undefined;
  private forgetAllowlist: () => void = () => {};

  constructor(private readonly options: EdgeOptions) {
    const { now = monotonicClock() } = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.cache = new AnswerCache(createSharedCache(this.limits.cacheBytes));
    this.secrets = CookieSecrets.of(options.cookieSecrets);
    this.upstreams = new Upstreams({
      upstreams: options.upstreams,
      authorities: options.upstreamAuthorities,
      now,
      onAttempt: (outcome, seconds) => this.metrics.upstreamAttempt(outcome, seconds),
      onChange: (state) => options.onUpstream?.(state),
      roundsMs: this.limits.upstreamRoundsMs,
    });
    this.forwarder = new Forwarder({
      upstreams: this.upstreams,
      cache: this.cache,
      perSource: this.limits.forwards,
      now,
    });
    const { datagrams } = this.limits;
    this.chain = {
      hashKey: newHashKey(),
      limits: { datagrams },
      datagrams: createRates(),
      secrets: this.secrets.words.buffer,
      provesSource: options.provesSource,
      answersCanaries: options.answersCanaries,
      balancers: options.balancers ?? [],
    };
    this.responder = openChain(this.chain, {
      allowlist: options.allowlist.shared(),
      catalogue: options.catalogue,
      cache: this.cache,
      onRefresh: (query) => this.forwarder.refresh(coldQuestion(query)),
      tally: new Tally(),
      now,
    });
    this.libc = options.workers > 0 ? loadLibc() : null;
    this.tallies = Array.from({ length: this.libc === null ? 0 : options.workers }, () => new Tally());
    this.metrics = createEdgeMetrics(options.registry, {
      tallies: [this.responder.parts.tally, ...this.tallies],
      cache: this.cache,
      tcpConnections: () => this.streams.size,
      upstreams: this.upstreams,
    });
    this.udp = this.newUdp();
    const { handshakeMs, strangerIdleMs } = this.limits;
    this.streams = new Streams({
      turns: this.turns,
      limits: { ...this.limits.tcp, handshakeMs, strangerIdleMs },
      balancers: options.balancers ?? [],
      isListed: (source) => this.responder.parts.allowlist.find(source) !== 0,
      answer: (query, source, transport) => this.answer(query, source, transport),
      metrics: this.metrics,
    });
  }

  get udpTransport(): Edge['udpTransport'] {
    return this.libc === null ? 'portable' : 'batches';
  }

  async start(): Promise<void> {
    const { listen, secure, allowlist, cookieSecrets } = this.options;
    this.forgetAllowlist = allowlist.onPublished((shared) => this.responder.useAllowlist(shared));
    if (cookieSecrets.length === 0) {
      this.secretTimer = setInterval(() => this.secrets.rotate(), NEW_SECRET_MS).unref();
    }
    try {
      await orListenError('dns', this.startPlain(listen));
      if (secure?.dot) {
        this.dotPort = await orListenError('dot', this.streams.startDot(secure.dot, secure.certificate));
      }
      if (secure?.doh) {
        this.dohPort = await orListenError('doh', this.streams.startDoh(secure.doh, secure.certificate));
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  private async startPlain({ host, port }: Endpoint): Promise<void> {
    for (let choice = 1; ; choice++) {
      this.tcpPort = await this.streams.startTcp({ host, port });
      try {
        this.udpPort = await this.udp.start(this.tcpPort);
        return;
      } catch (error) {
        if (port !== 0 || choice === PORT_CHOICES) throw error;
        await Promise.all([this.streams.stop(), this.udp.stop()]);
        this.udp = this.newUdp();
      }
    }
  }

  useCatalogue(next: Catalogue): void {
    this.responder.useCatalogue(next);
    if (this.udp instanceof UdpWorkers) this.udp.useCatalogue(next);
  }

  useCertificate(next: Certificate): void {
    this.streams.useCertificate(next);
  }

  async close(): Promise<void> {
    clearInterval(this.secretTimer);
    this.forgetAllowlist();
    await Promise.all([this.udp.stop(), this.streams.stop()]);
    this.upstreams.close();
  }

  private newUdp(): UdpServer | UdpWorkers {
    const { listen, balancers = [], workers, workerScript, allowlist, catalogue } = this.options;
    const onFault = () => this.metrics.transportFault('udp');
    const answer = (query: Uint8Array, source: Address) => this.answer(query, source, 'udp');
    if (this.libc === null) return new UdpServer({ host: listen.host, balancers, answer, onFault });
    return new UdpWorkers({
      libc: this.libc,
      host: listen.host,
      count: workers,
      script: workerScript ?? new URL('./transport/udp-worker.js', import.meta.url),
      setup: {
        ...this.chain,
        cache: this.cache.shared,
        handedOver: { ...this.limits.forwards, perSecond: this.limits.forwards.perSecond * HANDED_OVER },
      },
      allowlist,
      catalogue,
      tallies: this.tallies.map(({ memory }) => memory),
      fetch: (query, source) => this.fetches.ask(query, source),
      refresh: (query) => this.refresh(query),
      onFault,
      onLost: () => this.metrics.workerLost(),
    });
  }

  /** At once when nothing has to be fetched. Null: no answer. `isCounted`: as of `respond`. */
  private answer(
    query: Uint8Array,
    source: Address,
    transport: Transport,
    isCounted = false,
  ): Buffer | null | Promise<Buffer | null> {
    this.bytes.set(query);
    const length = this.responder.respond(this.bytes, query.length, source, transport, isCounted);
    if (length === COLD) return this.fetch(Uint8Array.from(query), source, transport);
    return length === SILENCE ? null : Buffer.from(this.bytes.subarray(0, length));
  }

  private async fetch(query: Uint8Array, source: Address, transport: Transport): Promise<Buffer> {
    const resolution = await this.forwarder.resolve(coldQuestion(this.responder.query), source);
    this.bytes.set(query);
    const how = { ...resolution, length: query.length, transport };
    const length = this.responder.finish(this.bytes, source, how);
    return Buffer.from(this.bytes.subarray(0, length));
  }

  private refresh(message: Uint8Array): void {
    const { query } = this.responder;
    if (query.read(message, message.length)) this.forwarder.refresh(coldQuestion(query));
  }
}

async function orListenError<T>(listener: EdgeListenError['listener'], started: Promise<T>): Promise<T> {
  try {
    return await started;
  } catch (error) {
    throw new EdgeListenError(listener, error);
  }
}
