// One connection of TCP or DoT: messages framed by their length, pipelined, and held back when their answers are not taken.
import type { Socket } from 'node:net';
import { framed } from './framing.js';
import { MAX_QUERY } from './query.js';
import type { Conversation } from './stream-server.js';

export interface TcpConnectionLimits {
  /** Milliseconds without an answer sent after which the connection is destroyed (RFC 7766 section 6.2.3). */
  readonly idleMs: number;
  /** Messages of one connection that are worked on at one time; more wait in the system's buffers. */
  readonly inFlight: number;
}

/** How long a peer may take for its last answers when the server stops. */
const LAST_ANSWERS_MS = 1000;

export class TcpConnection implements Conversation {
  private buffered: Buffer = Buffer.alloc(0);
  private inFlight = 0;
  /** The peer has ended its side (half-close); what it asked before is still answered. */
  private peerEnded = false;
  private stopping = false;
  private readonly idle: NodeJS.Timeout;

  constructor(
    private readonly socket: Socket,
    private readonly limits: TcpConnectionLimits,
    private readonly answer: (bytes: Buffer) => Buffer | null | Promise<Buffer | null>,
  ) {
    socket.setNoDelay(true);
    socket.allowHalfOpen = true;
    this.idle = setTimeout(() => this.onIdle(), limits.idleMs);
    socket.on('data', (chunk: Buffer) => {
      this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
      this.readMessages();
    });
    socket.on('drain', () => {
      this.readMessages();
      this.endWhenDone();
    });
    socket.on('end', () => {
      this.peerEnded = true;
      this.readMessages();
      this.endWhenDone();
    });
    // The close that follows is all that matters.
    socket.on('error', () => {});
    socket.on('close', () => clearTimeout(this.idle));
  }

  stop(): void {
    this.stopping = true;
    this.socket.pause();
    this.endWhenDone();
  }

  /** Takes what is buffered as long as there is room for answers; reads on only when all is taken. */
  private readMessages(): void {
    while (!this.stopping && !this.socket.destroyed) {
      if (this.inFlight >= this.limits.inFlight || this.socket.writableNeedDrain) {
        this.socket.pause();
        return;
      }
      if (this.buffered.length >= 2 && this.messageLength() > MAX_QUERY) {
        this.socket.destroy();
        return;
      }
      if (!this.holdsMessage()) {
        this.socket.resume();
        return;
      }
      const end = 2 + this.messageLength();
      const message = this.buffered.subarray(2, end);
      this.buffered = this.buffered.subarray(end);
      this.take(message);
    }
  }

  private messageLength(): number {
    return this.buffered.readUInt16BE(0);
  }

  private holdsMessage(): boolean {
    return this.buffered.length >= 2 && this.buffered.length >= 2 + this.messageLength();
  }

  private take(message: Buffer): void {
    const answered = this.answer(message);
    if (!(answered instanceof Promise)) {
      this.write(answered);
      return;
    }
    this.inFlight += 1;
    void answered.then((reply) => {
      this.inFlight -= 1;
      this.write(reply);
      this.readMessages();
      this.endWhenDone();
    });
  }

  private write(reply: Buffer | null): void {
    if (reply === null || !this.socket.writable) return;
    this.socket.write(framed(reply));
    this.idle.refresh();
  }

  private endWhenDone(): void {
    if (this.inFlight > 0 || this.socket.destroyed) return;
    if (!this.stopping && (!this.peerEnded || this.holdsMessage())) return;
    this.socket.destroySoon();
    if (this.stopping) setTimeout(() => this.socket.destroy(), LAST_ANSWERS_MS).unref();
  }

  /** An answer that is still being looked for excuses the silence; one that the peer does not take does not. */
  private onIdle(): void {
    if (this.inFlight > 0 && this.socket.writableLength === 0) this.idle.refresh();
    else this.socket.destroy();
  }
}
