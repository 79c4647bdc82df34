// DNS over connections: TCP, DoT and DoH, with connection limits that they share.
import type { Socket } from 'node:net';
import type { Endpoint } from '../../config/settings.js';
import type { Prefix } from '../../lib/ip.js';
import { ConnectionLimiter, type ConnectionLimits, type ConnectionSlot } from '../policy/connection-limit.js';
import { DohSession } from './doh-session.js';
import { FloodWatch } from './flood-watch.js';
import { Peer, type PeerOptions } from './peer.js';
import { type Conversation, StreamServer } from './stream-server.js';
import { TcpConnection, type TcpConnectionLimits } from './tcp-connection.js';
import { type Certificate, TlsFront } from './tls-front.js';
import { type Route, serverNameOf, type Transport } from './transports.js';

interface StreamLimits extends ConnectionLimits, TcpConnectionLimits {
  /** Milliseconds for a PROXY header, for a TLS handshake, and for the body of an HTTP request. */
  readonly handshakeMs: number;
  /** Milliseconds in which an unlisted client has to send its first query. */
  readonly unlistedIdleMs: number;
}

/** What happens on connections, for counting. */
export interface StreamEvents {
  /** `evicted`: an open connection was closed for a new one. `rejected`: a new one was closed. */
  connectionLimited(outcome: 'evicted' | 'rejected'): void;
  /** A connection has ended before a query could come. */
  connectionFailed(transport: Transport, stage: 'proxy-header' | 'handshake'): void;
  socketError(transport: Transport): void;
}

export interface StreamsOptions extends Pick<PeerOptions, 'isAllowed' | 'answer' | 'live' | 'turns'> {
  readonly limits: StreamLimits;
  /** Load balancers, which name the source of each connection in a PROXY header. Other peers' headers are not read. */
  readonly balancers: readonly Prefix[];
  readonly events: StreamEvents;
}

export class Streams {
  private readonly limiter: ConnectionLimiter;
  private readonly peers: PeerOptions;
  private readonly servers = new Set<StreamServer>();
  private readonly fronts: TlsFront[] = [];

  constructor(private readonly options: StreamsOptions) {
    const { limits, isAllowed, answer, live, turns, events } = options;
    const { unlistedIdleMs } = limits;
    this.limiter = new ConnectionLimiter(limits, isAllowed, (outcome) => events.connectionLimited(outcome));
    this.peers = { isAllowed, answer, live, turns, floods: new FloodWatch(), unlistedIdleMs };
  }

  /** Open connections. */
  get size(): number {
    return this.limiter.size;
  }

  /** As startDot and startDoh: resolves with the port, and rejects with the system's error. */
  startTcp(endpoint: Endpoint): Promise<number> {
    const { limits } = this.options;
    return this.listen(endpoint, 'tcp', (socket, peer) => new TcpConnection(socket, limits, peer));
  }

  startDot(endpoint: Endpoint, certificate: Certificate): Promise<number> {
    const { limits } = this.options;
    const front = this.newFront('dot', 'dot', certificate);
    return this.listen(endpoint, 'dot', (socket, peer) =>
      front.begin(socket, peer, (secure) => {
        const named = peer.named(serverNameOf(secure.servername));
        return new TcpConnection(secure, limits, named);
      }),
    );
  }

  startDoh(endpoint: Endpoint, certificate: Certificate): Promise<number> {
    const { idleMs, handshakeMs } = this.options.limits;
    const limits = { idleMs, bodyMs: handshakeMs };
    const front = this.newFront('doh', 'h2', certificate);
    return this.listen(endpoint, 'doh', (socket, peer) =>
      front.begin(socket, peer, (secure) => new DohSession(secure, limits, peer)),
    );
  }

  useCertificate(next: Certificate): void {
    for (const front of this.fronts) front.useCertificate(next);
  }

  /** Takes no more connections and messages. Resolves when the responses in flight have been sent. */
  async stop(): Promise<void> {
    const servers = [...this.servers];
    this.servers.clear();
    await Promise.all(servers.map((server) => server.stop()));
  }

  private async listen(
    endpoint: Endpoint,
    transport: Transport,
    begin: (socket: Socket, peer: Peer) => Conversation,
  ): Promise<number> {
    const { balancers, limits, events } = this.options;
    const server = new StreamServer({
      limiter: this.limiter,
      balancers,
      headerMs: limits.handshakeMs,
      begin: (socket: Socket, route: Route, slot: ConnectionSlot) =>
        begin(socket, new Peer({ ...route, transport, serverName: null }, slot, this.peers)),
      onHeaderMissed: () => events.connectionFailed(transport, 'proxy-header'),
      onSocketError: () => events.socketError(transport),
    });
    const port = await server.start(endpoint);
    this.servers.add(server);
    return port;
  }

  private newFront(transport: Transport, protocol: 'dot' | 'h2', certificate: Certificate): TlsFront {
    const front = new TlsFront({
      certificate,
      protocol,
      // RFC 9113 section 3.2; RFC 7858 knows no ALPN.
      protocolRequired: protocol === 'h2',
      handshakeMs: this.options.limits.handshakeMs,
      onFailed: () => this.options.events.connectionFailed(transport, 'handshake'),
    });
    this.fronts.push(front);
    return front;
  }
}
