// The listener of TCP, DoT or DoH, on dns2's server: admits connections, and reads the PROXY header of balancers.
import type { AddressInfo, Socket } from 'node:net';
import dns2 from 'dns2';
import type { Endpoint } from '../../config/settings.js';
import { type Prefix, parseAddress } from '../../lib/ip.js';
import type { ConnectionLimiter, ConnectionSlot, SlotHolder } from '../policy/connection-limit.js';
import { isBalancer, readProxyHeader } from './proxy-protocol.js';
import type { Route } from './transports.js';

/** A DNS session on a connection. */
export interface Conversation {
  /** Whether responses are awaited. */
  readonly isBusy: boolean;
  /** Takes no more queries, sends the responses in flight and closes. */
  stop(): void;
}

/**
 * SO_REUSEPORT, as with `openSockets`: a new process of the same user may start before the old one ends. Two processes that
 * do so by mistake collide at the metrics port, which is not shared.
 */
const SHARES_PORT = process.platform === 'linux';

export interface StreamServerOptions {
  readonly limiter: ConnectionLimiter;
  /** Only their PROXY headers are trusted, and they must send one. */
  readonly balancers: readonly Prefix[];
  /** Milliseconds in which a balancer has to send its PROXY header. */
  readonly headerMs: number;
  readonly begin: (socket: Socket, route: Route, slot: ConnectionSlot) => Conversation;
  /** A balancer's connection was closed because no valid PROXY header came in time. */
  readonly onHeaderMissed: () => void;
  readonly onSocketError: () => void;
}

export class StreamServer extends dns2.TCPServer {
  private readonly open = new Set<Conversation>();

  constructor(private readonly options: StreamServerOptions) {
    super();
  }

  /** dns2 calls this for every connection. Its own version has no limits and keeps idle connections forever. */
  handle(socket: Socket): void {
    const source = parseAddress(socket.remoteAddress ?? '');
    const server = parseAddress(socket.localAddress ?? '');
    if (source === null || server === null) {
      // The client has disconnected already.
      socket.destroy();
      return;
    }
    // The close that follows is handled.
    socket.on('error', () => {});
    if (isBalancer(source, this.options.balancers)) this.awaitHeader(socket, { source, server });
    else this.admit(socket, { source, server });
  }

  private admit(socket: Socket, route: Route): void {
    let conversation: Conversation | undefined;
    const holder: SlotHolder = {
      isBusy: () => conversation?.isBusy ?? false,
      evict: () => socket.destroy(),
    };
    const slot = this.options.limiter.enter(route.source, holder);
    if (slot === null) {
      socket.destroy();
      return;
    }
    conversation = this.options.begin(socket, route, slot);
    this.keep(socket, slot, conversation);
  }

  /** Keeps the slot and the conversation until the socket closes, or until the returned function is called. */
  private keep(socket: Socket, slot: ConnectionSlot, conversation: Conversation): () => void {
    const end = () => {
      socket.off('close', end);
      slot.leave();
      this.open.delete(conversation);
    };
    this.open.add(conversation);
    socket.on('close', end);
    return end;
  }

  private awaitHeader(socket: Socket, between: Route): void {
    const { limiter, headerMs, onHeaderMissed } = this.options;
    const waits: SlotHolder = { isBusy: () => false, evict: () => socket.destroy() };
    const slot = limiter.enterBalancer(between.source, waits);
    const ended = this.keep(socket, slot, { isBusy: false, stop: () => socket.destroy() });
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
      this.admit(socket, header.route ?? between);
    };
    socket.on('readable', read);
  }

  /** Resolves with the port. Rejects with the system's error. */
  start({ host, port }: Endpoint): Promise<number> {
    return new Promise((resolve, reject) => {
      this.once('error', reject);
      this.listen({ host, port, reusePort: SHARES_PORT }, () => {
        this.off('error', reject);
        this.on('error', this.options.onSocketError);
        resolve((this.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more connections and messages. Resolves when the responses in flight have been sent. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    for (const conversation of this.open) conversation.stop();
    await closed;
  }
}
