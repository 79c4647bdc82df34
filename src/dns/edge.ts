// The DNS edge: composes sockets, chain, cache and upstreams, and replaces catalogue and certificate while it answers.

import { AllowlistReader } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Endpoint } from '../config/settings.js';
import { DAY_MS } from '../lib/durations.js';
import { newHashKey } from '../lib/siphash.js';
import { AnswerCache } from './cache/cache-writer.js';
import { createSharedCache } from './cache/layout.js';
import type { Responder } from './chain.js';
import { monotonicClock } from './clock.js';
import { AllowlistClock } from './diagnosis.js';
import { DEFAULT_LIMITS, type EdgeLimits, type EdgeOptions } from './edge-options.js';
import { createViewMemory, HouseholdViews } from './household-views.js';
import { createEdgeMetrics, type EdgeMetrics } from './metrics.js';
import { DROPPED, MISS } from './packet.js';
import { CookieSecrets } from './policy/cookies.js';
import { createRates } from './policy/rate-limit.js';
import { Turns } from './policy/turns.js';
import { openChain, type SharedChain, type SharedSetup } from './shared-chain.js';
import { Tally } from './tally.js';
import { type Libc, loadLibc } from './transport/libc.js';
import { Streams } from './transport/streams.js';
import type { Certificate } from './transport/tls-front.js';
import type { Arrival } from './transport/transports.js';
import { FallbackUdpServer } from './transport/udp-fallback.js';
import { UdpWorkers } from './transport/udp-workers.js';
import { ForwardQueue } from './upstream/forward-queue.js';
import { Forwarder, questionOf } from './upstream/forwarder.js';
import { Upstreams } from './upstream/upstreams.js';
import { Query } from './wire/query.js';
import { TCP_PAYLOAD } from './wire/wire.js';

/**
 * How many times its forward limit a source may cause a UDP worker to hand over. What exceeds the forward limit gets SERVFAIL,
 * what exceeds this is dropped.
 */
const HAND_OVER_FACTOR = 5;

export interface Edge {
  readonly udpPort: number;
  readonly tcpPort: number;
  /** Null: off. */
  readonly dotPort: number | null;
  readonly dohPort: number | null;
  /** How UDP is served: in batches by UDP workers, or by the fallback transport. */
  readonly udpTransport: 'batches' | 'fallback';
  useCatalogue(next: Catalogue): void;
  /** Used for new connections of DoT and DoH. Open ones keep the certificate that they have. */
  useCertificate(next: Certificate): void;
  /** Sends the responses in flight, ends connections and closes the sockets. */
  close(): Promise<void>;
}

/** A port cannot be opened. `cause` is the system's error. */
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

/** With port 0 the system chooses a port for TCP, which may be in use for UDP. So often another one is tried. */
const PORT_CHOICES = 10;

/** RFC 7873 section 7.1: no secret should be used for more than 26 hours. */
const NEW_SECRET_MS = DAY_MS;

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
  private readonly allowlistClock = new AllowlistClock();
  private readonly views: HouseholdViews;
  /** For connections, for the fallback transport, and for the cache misses that UDP workers hand over. */
  private readonly responder: Responder;
  private readonly upstreams: Upstreams;
  private readonly forwarder: Forwarder;
  private readonly turns = new Turns();
  /** The cache misses of UDP workers. */
  private readonly misses = new ForwardQueue<Arrival>(this.turns, (query, arrival) =>
    this.answer(query, arrival, true),
  );
  /** One query at a time, and its response. */
  private readonly bytes = new Uint8Array(TCP_PAYLOAD);
  /** Null: UDP is served by the fallback transport. */
  private readonly libc: Libc | null;
  /** What each UDP worker has answered. */
  private readonly tallies: readonly Tally[];
  private udp: FallbackUdpServer | UdpWorkers<SharedSetup>;
  private readonly streams: Streams;
  private secretTimer: NodeJS.Timeout | undefined;
  private stopClock: () => void = () => {};
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
    const views = createViewMemory();
    this.views = new HouseholdViews(views, options.catalogue);
    this.chain = {
      hashKey: newHashKey(),
      limits: { datagrams },
      datagrams: createRates(),
      secrets: this.secrets.words.buffer,
      requiresCookie: options.requiresCookie,
      answersCanaries: options.answersCanaries,
      diagnosis: {
        live: options.secure?.doh ? options.live : null,
        answersConnectivityChecks: options.answersConnectivityChecks,
        allowlistClock: this.allowlistClock.memory,
        views,
      },
      relaysCdn: options.relaysCdn,
      balancers: options.balancers ?? [],
    };
    this.responder = openChain(this.chain, {
      allowlist: new AllowlistReader(options.allowlist.shared()),
      catalogue: options.catalogue,
      cache: this.cache,
      onPrefetch: (query) => this.forwarder.prefetch(questionOf(query)),
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
    const { handshakeMs, unlistedIdleMs } = this.limits;
    this.streams = new Streams({
      turns: this.turns,
      limits: { ...this.limits.tcp, handshakeMs, unlistedIdleMs },
      balancers: options.balancers ?? [],
      isAllowed: (source) => this.responder.parts.allowlist.find(source) !== 0,
      answer: (query, arrival) => this.answer(query, arrival),
      live: {
        host: () => this.responder.parts.diagnosis.liveHost,
        watch: (source, isAllowed) => this.views.watch(source, isAllowed),
      },
      events: this.metrics,
    });
  }

  get udpTransport(): Edge['udpTransport'] {
    return this.libc === null ? 'fallback' : 'batches';
  }

  async start(): Promise<void> {
    const { listen, secure, allowlist, cookieSecrets } = this.options;
    this.forgetAllowlist = allowlist.onUpdate((update) => this.responder.useAllowlist(update));
    this.stopClock = this.allowlistClock.follow(this.responder.parts.now, this.options.allowlistAge);
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
    this.views.useCatalogue(next);
    if (this.udp instanceof UdpWorkers) this.udp.useCatalogue(next);
  }

  useCertificate(next: Certificate): void {
    this.streams.useCertificate(next);
  }

  async close(): Promise<void> {
    clearInterval(this.secretTimer);
    this.stopClock();
    this.forgetAllowlist();
    await Promise.all([this.udp.stop(), this.streams.stop()]);
    this.upstreams.close();
  }

  private newUdp(): FallbackUdpServer | UdpWorkers<SharedSetup> {
    const { listen, balancers = [], workers, workerScript, allowlist, catalogue } = this.options;
    const onSocketError = () => this.metrics.socketError('udp');
    const answer = (query: Uint8Array, arrival: Arrival) => this.answer(query, arrival);
    if (this.libc === null)
      return new FallbackUdpServer({ host: listen.host, balancers, answer, onSocketError });
    return new UdpWorkers({
      libc: this.libc,
      host: listen.host,
      count: workers,
      script: workerScript ?? new URL('./udp-worker.js', import.meta.url),
      setup: {
        ...this.chain,
        cache: this.cache.shared,
        handedOver: { ...this.limits.forwards, perSecond: this.limits.forwards.perSecond * HAND_OVER_FACTOR },
      },
      allowlist,
      catalogue,
      tallies: this.tallies.map(({ memory }) => memory),
      answerMiss: (query, arrival) => this.misses.ask(query, arrival),
      prefetch: (query) => this.prefetch(query),
      onSocketError,
      onLost: () => this.metrics.workerLost(),
    });
  }

  /** A promise only when the query has to be forwarded. Null: no response. `isCounted`: as in `Responder.respond`. */
  private answer(query: Uint8Array, arrival: Arrival, isCounted = false): Buffer | null | Promise<Buffer> {
    this.bytes.set(query);
    const length = this.responder.respond(this.bytes, query.length, arrival, isCounted);
    if (length === MISS) return this.forward();
    return length === DROPPED ? null : this.copy(length);
  }

  /** Forwards the query that `respond` has just read. */
  private async forward(): Promise<Buffer> {
    const pending = this.responder.suspend();
    const resolution = await this.forwarder.resolve(questionOf(pending.query), pending.source);
    return this.copy(this.responder.finish(pending, this.bytes, resolution));
  }

  private copy(length: number): Buffer {
    return Buffer.from(this.bytes.subarray(0, length));
  }

  private prefetch(message: Uint8Array): void {
    const query = new Query(this.chain.hashKey);
    if (query.read(message, message.length)) this.forwarder.prefetch(questionOf(query));
  }
}

async function orListenError<T>(listener: EdgeListenError['listener'], started: Promise<T>): Promise<T> {
  try {
    return await started;
  } catch (error) {
    throw new EdgeListenError(listener, error);
  }
}
