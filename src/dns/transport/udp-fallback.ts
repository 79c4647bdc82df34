// The fallback transport: DNS over UDP on dns2's server, where batched system calls are not available. dns2 parses no message.
// Node.js does not state to which address a datagram was sent, so the server is unspecified when it listens on all of them.
import type { RemoteInfo } from 'node:dgram';
import { isIPv6 } from 'node:net';
import dns2 from 'dns2';
import { type Address, type Prefix, parseAddress } from '../../lib/ip.js';
import { readDatagram } from './proxy-protocol.js';
import type { Arrival } from './transports.js';

export interface FallbackUdpOptions {
  readonly host: string;
  /** Peers whose datagrams begin with a PROXY header. */
  readonly balancers: readonly Prefix[];
  /** Null: no response. */
  readonly answer: (bytes: Buffer, arrival: Arrival) => Buffer | null | Promise<Buffer | null>;
  readonly onSocketError: () => void;
}

export class FallbackUdpServer extends dns2.UDPServer {
  /** Responses that are awaited or being sent. */
  private inFlight = 0;
  private stopping = false;
  /** The address to which the socket is bound. */
  private server: Address = { family: 4, words: [0] };
  private readonly drained = Promise.withResolvers<void>();

  constructor(private readonly options: FallbackUdpOptions) {
    super({ type: isIPv6(options.host) ? 'udp6' : 'udp4' });
  }

  override handle(data: Buffer, peer: RemoteInfo): void {
    const source = parseAddress(peer.address);
    if (source === null || this.stopping) return;
    const datagram = readDatagram(data, { source, server: this.server }, this.options.balancers);
    if (datagram === null) return;
    this.inFlight += 1;
    const arrival: Arrival = { ...datagram.route, transport: 'udp', serverName: null };
    const answered = this.options.answer(data.subarray(datagram.start), arrival);
    if (answered instanceof Promise) void answered.then((message) => this.reply(message, peer));
    else this.reply(answered, peer);
  }

  private reply(message: Buffer | null, { address, port }: RemoteInfo): void {
    if (message === null) this.finished();
    else {
      this.send(message, port, address, (error) => {
        if (error) this.options.onSocketError();
        this.finished();
      });
    }
  }

  private finished(): void {
    this.inFlight -= 1;
    if (this.stopping && this.inFlight === 0) this.drained.resolve();
  }

  /** Resolves with the port. Rejects with the system's error; dns2's own `listen` would wait forever. */
  start(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.bind(port, this.options.host, () => {
        this.off('error', reject);
        this.on('error', this.options.onSocketError);
        const { address, port: bound } = this.address();
        this.server = parseAddress(address) ?? this.server;
        resolve(bound);
      });
    });
  }

  /** Receives no more messages. Resolves when the responses in flight have been sent. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.inFlight > 0) await this.drained.promise;
    await new Promise<void>((resolve) => this.close(() => resolve()));
  }
}
