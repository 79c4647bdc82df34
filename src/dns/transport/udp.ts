// DNS over UDP on dns2's server; dns2's parser never sees a packet.
import type { RemoteInfo } from 'node:dgram';
import { isIPv6 } from 'node:net';
import dns2 from 'dns2';
import { type Address, type Prefix, parseAddress } from '../../lib/ip.js';
import { readDatagram } from './proxy-protocol.js';

export interface UdpServerOptions {
  readonly host: string;
  /** Whose datagrams begin with a PROXY header. */
  readonly balancers: readonly Prefix[];
  /** Null: no answer. */
  readonly answer: (bytes: Buffer, source: Address) => Buffer | null | Promise<Buffer | null>;
  readonly onFault: () => void;
}

export class UdpServer extends dns2.UDPServer {
  /** Answers that are being looked for or handed to the system. */
  private inFlight = 0;
  private stopping = false;
  private readonly drained = Promise.withResolvers<void>();

  constructor(private readonly options: UdpServerOptions) {
    super({ type: isIPv6(options.host) ? 'udp6' : 'udp4' });
  }

  override handle(data: Buffer, peer: RemoteInfo): void {
    const address = parseAddress(peer.address);
    if (address === null || this.stopping) return;
    const datagram = readDatagram(data, address, this.options.balancers);
    if (datagram === null) return;
    this.inFlight += 1;
    const answered = this.options.answer(data.subarray(datagram.start), datagram.source);
    if (answered instanceof Promise) void answered.then((message) => this.reply(message, peer));
    else this.reply(answered, peer);
  }

  private reply(message: Buffer | null, { address, port }: RemoteInfo): void {
    if (message === null) this.finished();
    else {
      this.send(message, port, address, (error) => {
        if (error) this.options.onFault();
        this.finished();
      });
    }
  }

  private finished(): void {
    this.inFlight -= 1;
    if (this.stopping && this.inFlight === 0) this.drained.resolve();
  }

  /** Resolves with the port; rejects with the system's error, where dns2's own `listen` waits for ever. */
  start(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.bind(port, this.options.host, () => {
        this.off('error', reject);
        this.on('error', this.options.onFault);
        resolve(this.address().port);
      });
    });
  }

  /** No new messages; resolves when the answers in flight are sent. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.inFlight > 0) await this.drained.promise;
    await new Promise<void>((resolve) => this.close(() => resolve()));
  }
}
