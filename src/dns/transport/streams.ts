// DNS over connections: TCP beside UDP's port, DoT and DoH where they have endpoints, all with one admission.
import type { Socket } from 'node:net';
import type { Endpoint } from '../../config/settings.js';
import type { Address, Prefix } from '../../lib/ip.js';
import type { EdgeMetrics } from '../metrics.js';
import { Admission, type AdmissionLimits, type Place } from '../policy/admission.js';
import type { Transport } from '../tally.js';
import { DohSession } from './doh-session.js';
import { FloodWatch } from './flood-watch.js';
import { Peer, type PeerOptions } from './peer.js';
import { type Conversation, StreamServer } from './stream-server.js';
import { TcpConnection, type TcpConnectionLimits } from './tcp-connection.js';
import { type Certificate, TlsFront } from './tls-front.js';

interface StreamLimits extends AdmissionLimits, TcpConnectionLimits {
  /** Milliseconds for a PROXY header, for a TLS handshake, and for the body of a request over HTTP. */
  readonly handshakeMs: number;
  /** Milliseconds that a source that is not listed has for its first question. */
  readonly strangerIdleMs: number;
}

export interface StreamsOptions extends Pick<PeerOptions, 'isListed' | 'answer' | 'turns'> {
  readonly limits: StreamLimits;
  /** Load balancers, which name the source of each connection in a PROXY header; nobody else's is read. */
  readonly balancers: readonly Prefix[];
  readonly metrics: Pick<EdgeMetrics, 'tcpFull' | 'connectionFailed' | 'transportFault'>;
}

export class Streams {
  private readonly admission: Admission;
  private readonly peers: PeerOptions;
  private readonly servers = new Set<StreamServer>();
  private readonly fronts: TlsFront[] = [];

  constructor(private readonly options: StreamsOptions) {
    const { limits, isListed, answer, turns, metrics } = options;
    const { strangerIdleMs } = limits;
    this.admission = new Admission(limits, isListed, (outcome) => metrics.tcpFull(outcome));
    this.peers = { isListed, answer, turns, floods: new FloodWatch(), strangerIdleMs };
  }

  /** Open connections. */
  get size(): number {
    return this.admission.size;
  }

  /** Each resolves with the port, and rejects with the system's error. */
  startTcp(endpoint: Endpoint): Promise<number> {
    const { limits } = this.options;
    return this.listen(endpoint, 'tcp', (socket, peer) => new TcpConnection(socket, limits, peer));
  }

  startDot(endpoint: Endpoint, certificate: Certificate): Promise<number> {
    const { limits } = this.options;
    const front = this.newFront('dot', 'dot', certificate);
    return this.listen(endpoint, 'dot', (socket, peer) =>
      front.begin(socket, peer, (secure) => new TcpConnection(secure, limits, peer)),
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

  /** No new connections and no new messages; resolves when the answers in flight are sent. */
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
    const { balancers, limits, metrics } = this.options;
    const server = new StreamServer({
      admission: this.admission,
      balancers,
      headerMs: limits.handshakeMs,
      begin: (socket: Socket, source: Address, place: Place) =>
        begin(socket, new Peer(source, place, transport, this.peers)),
      onHeaderMissed: () => metrics.connectionFailed(transport, 'proxy-header'),
      onFault: () => metrics.transportFault(transport),
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
      onFailed: () => this.options.metrics.connectionFailed(transport, 'handshake'),
    });
    this.fronts.push(front);
    return front;
  }
}
