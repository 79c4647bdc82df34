// UDP sockets to one upstream, opened before they are needed. Each has its own random port and sends one query.
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Endpoint } from '../../config/settings.js';

/** Sockets that are kept open in advance: opening one takes longer than sending a query. */
const READY = 16;
/** Sockets that are opened after each query. Two, so that the number grows with a burst. */
const OPENED_PER_QUERY = 2;
/** How long a socket is kept: a port that stays open could be found by probing (RFC 5452 section 9.2). */
const READY_MS = 5000;

interface ReadySocket {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
  readonly discard: () => void;
}

export class UdpSockets {
  private readonly ready: ReadySocket[] = [];
  private opening = 0;
  private isClosed = false;

  constructor(private readonly upstream: Endpoint) {}

  /** A connected socket, which the caller closes after one query. Rejects with the system's error. */
  take(): Socket | Promise<Socket> {
    setImmediate(() => this.makeMore());
    const first = this.ready.shift();
    if (first === undefined) return this.open();
    const { socket, timer, discard } = first;
    clearTimeout(timer);
    socket.off('message', discard).off('error', discard);
    return socket;
  }

  close(): void {
    this.isClosed = true;
    for (const { discard } of [...this.ready]) discard();
  }

  private makeMore(): void {
    const wanted = this.isClosed ? 0 : Math.min(OPENED_PER_QUERY, READY - this.ready.length - this.opening);
    for (let made = 0; made < wanted; made++) {
      this.opening += 1;
      // A query that finds no open socket gets the same error and reports it.
      this.open()
        .then(
          (socket) => this.keep(socket),
          () => {},
        )
        .finally(() => {
          this.opening -= 1;
        });
    }
  }

  private keep(socket: Socket): void {
    const discard = () => {
      clearTimeout(entry.timer);
      const index = this.ready.indexOf(entry);
      if (index >= 0) this.ready.splice(index, 1);
      socket.close();
    };
    const entry = { socket, timer: setTimeout(discard, READY_MS), discard };
    this.ready.push(entry);
    // A datagram to a port that has sent no query is a guess at the port.
    socket.once('message', discard).once('error', discard);
    if (this.isClosed) discard();
  }

  /** Connected, so that the system drops datagrams from other addresses and ports. */
  private open(): Promise<Socket> {
    const { host, port } = this.upstream;
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    const fail = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.connect(port, host, (error?: Error) => {
      if (error) return fail(error);
      socket.off('error', fail);
      resolve(socket);
    });
    return promise;
  }
}
