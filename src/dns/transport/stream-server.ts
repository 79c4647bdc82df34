// The listener of a transport over TCP, on dns2's server: who may connect, and whom a balancer's connection speaks for.
import type { AddressInfo, Socket } from 'node:net';
import dns2 from 'dns2';
import type { Endpoint } from '../../config/settings.js';
import { type Address, type Prefix, parseAddress } from '../../lib/ip.js';
import type { Admission, Occupant, Place } from '../policy/admission.js';
import { isBalancer, readProxyHeader } from './proxy-protocol.js';

/** What a transport makes of a connection. */
export interface Conversation {
  /** Answers are being looked for. */
  readonly isBusy: boolean;
  /** Takes no more questions, sends the answers in flight and closes. */
  stop(): void;
}

/**
 * SO_REUSEPORT, as the sockets of `openSockets` have it: a new process of the same user may begin before the old one ends.
 * That two processes do so by mistake shows in their port for metrics, which nobody shares.
 */
const SHARES_PORT = process.platform === 'linux';

export interface StreamServerOptions {
  readonly admission: Admission;
  /** Only their PROXY headers are believed, and they must send one. */
  readonly balancers: readonly Prefix[];
  /** Milliseconds that a balancer has for its PROXY header. */
  readonly headerMs: number;
  readonly begin: (socket: Socket, source: Address, place: Place) => Conversation;
  /** A balancer's connection was closed because no sound PROXY header came in time. */
  readonly onHeaderMissed: () => void;
  readonly onFault: () => void;
}

export class StreamServer extends dns2.TCPServer {
  private readonly open = new Set<Conversation>();

  constructor(private readonly options: StreamServerOptions) {
    super();
  }

  /** dns2 calls this for every connection; its own version has no limits and keeps a silent peer for ever. */
  handle(socket: Socket): void {
    const peer = parseAddress(socket.remoteAddress ?? '');
    if (peer === null) {
      // The peer has gone already.
      socket.destroy();
      return;
    }
    // The close that follows is all that matters.
    socket.on('error', () => {});
    if (isBalancer(peer, this.options.balancers)) this.awaitHeader(socket, peer);
    else this.admit(socket, peer);
  }

  private admit(socket: Socket, source: Address): void {
    let conversation: Conversation | undefined;
    const occupant: Occupant = {
      isBusy: () => conversation?.isBusy ?? false,
      evict: () => socket.destroy(),
    };
    const place = this.options.admission.enter(source, occupant);
    if (place === null) {
      socket.destroy();
      return;
    }
    conversation = this.options.begin(socket, source, place);
    this.keep(socket, place, conversation);
  }

  /** Keeps the place and the conversation until the socket closes, or until the returned function is called. */
  private keep(socket: Socket, place: Place, conversation: Conversation): () => void {
    const end = () => {
      socket.off('close', end);
      place.leave();
      this.open.delete(conversation);
    };
    this.open.add(conversation);
    socket.on('close', end);
    return end;
  }

  private awaitHeader(socket: Socket, balancer: Address): void {
    const { admission, headerMs, onHeaderMissed } = this.options;
    const waits: Occupant = { isBusy: () => false, evict: () => socket.destroy() };
    const place = admission.enterBalancer(balancer, waits);
    const ended = this.keep(socket, place, { isBusy: false, stop: () => socket.destroy() });
    const missed = () => {
      onHeaderMissed();
      socket.destroy();
    };
    const deadline = setTimeout(missed, headerMs);
    socket.on('close', () => clearTimeout(deadline));
    socket.on('end', missed);
    let received: Buffer = Buffer.alloc(0);
    const read = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      received = Buffer.concat([received, chunk]);
      const header = readProxyHeader(received);
      if (header === 'incomplete') return;
      socket.off('readable', read);
      socket.off('end', missed);
      clearTimeout(deadline);
      if (header === 'malformed') {
        missed();
        return;
      }
      ended();
      if (received.length > header.length) socket.unshift(received.subarray(header.length));
      this.admit(socket, header.source ?? balancer);
    };
    socket.on('readable', read);
  }

  /** Resolves with the port; rejects with the system's error. */
  start({ host, port }: Endpoint): Promise<number> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.listen({ host, port, reusePort: SHARES_PORT }, () => {
        this.off('error', reject);
        this.on('error', this.options.onFault);
        resolve((this.address() as AddressInfo).port);
      });
    });
  }

  /** No new connections and no new messages; resolves when the answers in flight are sent. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    for (const conversation of this.open) conversation.stop();
    await closed;
  }
}
