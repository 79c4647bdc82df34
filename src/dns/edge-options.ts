// What a DNS edge is started with: its endpoints, its sources of data and its limits.
import type { Registry } from 'prom-client';
import type { AllowlistReplica } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Upstream } from '../config/dns-node.js';
import type { Endpoint } from '../config/settings.js';
import type { Prefix } from '../lib/ip.js';
import type { LiveAddresses } from './policy/check-names.js';
import type { ConnectionLimits } from './policy/connection-limit.js';
import type { RateLimit } from './policy/rate-limit.js';
import type { TcpConnectionLimits } from './transport/tcp-connection.js';
import type { Certificate } from './transport/tls-front.js';
import type { UpstreamState } from './upstream/upstreams.js';

export interface EdgeLimits {
  /** Datagrams of each source. */
  readonly datagrams: RateLimit;
  /** All connections of TCP, DoT and DoH together, and each of them. */
  readonly tcp: ConnectionLimits & TcpConnectionLimits;
  /** Milliseconds for a PROXY header, for a TLS handshake, and for the body of an HTTP request. */
  readonly handshakeMs: number;
  /** Milliseconds in which an unlisted client has to send its first query on a connection. */
  readonly unlistedIdleMs: number;
  readonly cacheBytes: number;
  /** Queries that are forwarded for one source. */
  readonly forwards: RateLimit;
  /** Milliseconds for which each upstream is waited for, in each round over the upstreams. */
  readonly upstreamRoundsMs: readonly number[];
}

export const DEFAULT_LIMITS: EdgeLimits = {
  datagrams: { perSecond: 100, burst: 500 },
  tcp: { connections: 1000, connectionsPerSource: 20, idleMs: 10_000, inFlight: 16 },
  handshakeMs: 5000,
  unlistedIdleMs: 2000,
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
  /** PEM of the authorities that are trusted for upstreams over TLS. Without it: Node's own list. */
  readonly upstreamAuthorities?: readonly string[] | undefined;
  /** Load balancers, which name the source of each datagram and connection in a PROXY header. Other peers' headers are not read. */
  readonly balancers?: readonly Prefix[];
  readonly secure?: SecureOptions;
  readonly registry: Registry;
  /** Called when an upstream becomes unreachable, and when it is back: once for each outage. */
  readonly onUpstream?: (state: UpstreamState) => void;
  /** UDP workers. 0: the fallback transport, which is also used where batched system calls are not available. */
  readonly workers: number;
  /** The script of a UDP worker, when it does not stand beside this file. */
  readonly workerScript?: URL;
  /** Whether a query over UDP is forwarded only with a valid server cookie. */
  readonly requiresCookie: boolean;
  /** Whether allowed clients get NODATA for the names by which Private Relay and Firefox ask whether to stay off. */
  readonly answersCanaries: boolean;
  /** Seconds since the allowlist was last known to be current. */
  readonly allowlistAge: () => number;
  /** Whether unlisted clients get the portal for the names by which devices look for the internet. */
  readonly answersConnectivityChecks: boolean;
  /** How the page of live counts is reached, if there is DoH. */
  readonly live: LiveAddresses;
  /** Whether the names that carry bytes only lead to relays, too. */
  readonly relaysCdn: boolean;
  /** Secrets of server cookies, the first of which makes them; random ones when there are none. */
  readonly cookieSecrets: readonly Uint8Array[];
  readonly limits?: Partial<EdgeLimits>;
  /** Milliseconds on a monotonic clock. UDP workers read the system's. */
  readonly now?: () => number;
}

/** DoT and DoH, each where it has an endpoint. */
export interface SecureOptions {
  readonly certificate: Certificate;
  readonly dot: Endpoint | null;
  readonly doh: Endpoint | null;
}
