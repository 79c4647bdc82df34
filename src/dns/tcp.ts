// DNS over TCP on dns2's server: who may connect; each connection is a TcpConnection of ours.
import type { AddressInfo, Socket } from 'node:net';
import dns2 from 'dns2';
import { type Address, parseAddress, userPrefix } from '../allowlist/address.js';
import type { Endpoint } from '../config/settings.js';
import { TcpConnection, type TcpConnectionLimits } from './tcp-connection.js';

export interface TcpLimits extends TcpConnectionLimits {
  /** All connections; those of sources that are not listed may be half of them. */
  readonly connections: number;
  /** Connections of one IPv4 address or one IPv6 /64. */
  readonly connectionsPerSource: number;
}

export interface TcpServerOptions {
  readonly limits: TcpLimits;
  readonly isListed: (source: Address) => boolean;
  /** Null: no answer. */
  readonly answer: (bytes: Buffer, source: Address) => Buffer | null | Promise<Buffer | null>;
  readonly onRejected: () => void;
  readonly onFault: () => void;
}

export class TcpServer extends dns2.TCPServer {
  private readonly open = new Map<TcpConnection, string>();
  private readonly perSource = new Map<string, number>();

  constructor(private readonly options: TcpServerOptions) {
    super();
  }

  get size(): number {
    return this.open.size;
  }

  /** dns2 calls this for every connection; its own version has no limits and keeps a silent peer for ever. */
  handle(socket: Socket): void {
    const source = parseAddress(socket.remoteAddress ?? '');
    if (source === null) {
      // The peer has gone already.
      socket.destroy();
      return;
    }
    const { limits, isListed, answer, onRejected } = this.options;
    const household = userPrefix(source).text;
    const ofSource = this.perSource.get(household) ?? 0;
    const room = isListed(source) ? limits.connections : limits.connections / 2;
    if (this.open.size >= room || ofSource >= limits.connectionsPerSource) {
      onRejected();
      socket.destroy();
      return;
    }
    this.perSource.set(household, ofSource + 1);
    const connection = new TcpConnection(socket, limits, (bytes) => answer(bytes, source));
    this.open.set(connection, household);
    socket.once('close', () => this.forget(connection, household));
  }

  private forget(connection: TcpConnection, household: string): void {
    this.open.delete(connection);
    const left = this.perSource.get(household)! - 1;
    if (left > 0) this.perSource.set(household, left);
    else this.perSource.delete(household);
  }

  /** Resolves with the port; rejects with the system's error. */
  start({ host, port }: Endpoint): Promise<number> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.listen(port, host, () => {
        this.off('error', reject);
        this.on('error', this.options.onFault);
        resolve((this.address() as AddressInfo).port);
      });
    });
  }

  /** No new connections and no new messages; resolves when the answers in flight are sent. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    for (const connection of this.open.keys()) connection.stop();
    await closed;
  }
}
