// DNS over connections: TCP beside UDP's port, DoT and DoH where they have endpoints, all with one admission.
import type { Socket } from 'node:net';
import type { Address, Prefix } from '../allowlist/address.js';
import type { Endpoint } from '../config/settings.js';
import { Admission, type AdmissionLimits } from './admission.js';
import { DohSession } from './doh-session.js';
import type { EdgeMetrics } from './metrics.js';
import { type Conversation, StreamServer } from './stream-server.js';
import type { Transport } from './tally.js';
import { TcpConnection, type TcpConnectionLimits } from './tcp-connection.js';
import { type Certificate, TlsFront } from './tls-front.js';

interface StreamLimits extends AdmissionLimits, TcpConnectionLimits {
  /** Milliseconds for a PROXY header, for a TLS handshake, and for the body of a request over HTTP. */
  readonly handshakeMs: number;
}

export interface StreamsOptions {
  readonly limits: StreamLimits;
  /** Load balancers, which name the source of each connection in a PROXY header; nobody else's is read. */
  readonly balancers: readonly Prefix[];
  readonly isListed: (source: Address) => boolean;
  /** Null: no answer. */
  readonly answer: (
    query: Buffer,
    source: Address,
    transport: Transport,
  ) => Buffer | null | Promise<Buffer | null>;
  readonly metrics: Pick<EdgeMetrics, 'tcpRejected' | 'connectionFailed' | 'transportFault'>;
}

export class Streams {
  private readonly admission: Admission;
  private readonly servers = new Set<StreamServer>();
  private readonly fronts: TlsFront[] = [];

  constructor(private readonly options: StreamsOptions) {
    const { limits, isListed, metrics } = options;
    this.admission = new Admission(limits, isListed, () => metrics.tcpRejected());
  }

  /** Open connections. */
  get size(): number {
    return this.admission.size;
  }

  /** Each resolves with the port, and rejects with the system's error. */
  startTcp(endpoint: Endpoint): Promise<number> {
    return this.listen(endpoint, 'tcp', (socket, source) => this.converse(socket, source, 'tcp'));
  }

  startDot(endpoint: Endpoint, certificate: Certificate): Promise<number> {
    const front = this.newFront('dot', 'dot', certificate);
    return this.listen(endpoint, 'dot', (socket, source) =>
      front.begin(socket, (secure) => this.converse(secure, source, 'dot')),
    );
  }

  startDoh(endpoint: Endpoint, certificate: Certificate): Promise<number> {
    const { limits, answer } = this.options;
    const session = { idleMs: limits.idleMs, bodyMs: limits.handshakeMs };
    const front = this.newFront('doh', 'h2', certificate);
    return this.listen(endpoint, 'doh', (socket, source) =>
      front.begin(
        socket,
        (secure) => new DohSession(secure, session, (query) => answer(query, source, 'doh')),
      ),
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
    begin: (socket: Socket, source: Address) => Conversation,
  ): Promise<number> {
    const { balancers, limits, metrics } = this.options;
    const server = new StreamServer({
      admission: this.admission,
      balancers,
      headerMs: limits.handshakeMs,
      begin,
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

  private converse(socket: Socket, source: Address, transport: Transport): Conversation {
    const { limits, answer } = this.options;
    return new TcpConnection(socket, limits, (query) => answer(query, source, transport));
  }
}
