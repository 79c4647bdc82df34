// UDP sockets to one upstream, made before they are needed: each has a random port of its own and asks one question.
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Endpoint } from '../../config/settings.js';

/** Making a socket takes longer than asking with it, so it is done while the upstream thinks. */
const READY = 16;
/** After each question; two, so that a burst finds more than the one before it. */
const MADE_AT_ONCE = 2;
/** A port that stays open for long could be found by probing (RFC 5452 section 9.2 has it unpredictable). */
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

  /** The caller closes it after one question. Rejects with the system's error. */
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
    const wanted = this.isClosed ? 0 : Math.min(MADE_AT_ONCE, READY - this.ready.length - this.opening);
    for (let made = 0; made < wanted; made++) {
      this.opening += 1;
      // A question that finds none ready meets the same error and reports it.
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
    // Whoever sends to a port that has asked nothing has guessed it.
    socket.once('message', discard).once('error', discard);
    if (this.isClosed) discard();
  }

  /** Connected, so that the system drops what comes from any other address or port. */
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
