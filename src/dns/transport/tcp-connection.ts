// One connection of TCP or DoT: pipelined messages with length prefixes, and backpressure when responses are not read.
import type { Socket } from 'node:net';
import type { TurnTaker } from '../policy/turns.js';
import { framed } from '../wire/framing.js';
import { MAX_QUERY } from '../wire/query.js';
import { type Peer, UNLISTED_QUERIES } from './peer.js';
import type { Conversation } from './stream-server.js';

export interface TcpConnectionLimits {
  /** Milliseconds without a response sent after which the connection is closed (RFC 7766 section 6.2.3). */
  readonly idleMs: number;
  /** Queries of one connection in flight. More wait in the system's buffers. */
  readonly inFlight: number;
}

/** Messages that are handled in one turn. */
const MESSAGES_PER_TURN = 8;

/** How long a client may take to read its last responses, and how many bytes it may send meanwhile, which are discarded. */
const LAST_ANSWERS_MS = 1000;
const LAST_BYTES = 65_536;

export class TcpConnection implements Conversation, TurnTaker {
  private buffered: Buffer = Buffer.alloc(0);
  private inFlight = 0;
  /** Messages that came while the client was unlisted. */
  private unlistedMessages = 0;
  /** The client has ended its side (half-close). Its earlier queries are still answered. */
  private peerEnded = false;
  /** No more messages are handled. */
  private stopping = false;
  /** This client is disconnected although the server does not stop. */
  private leaving = false;
  private bytesAfterLast = 0;
  private readonly idle: NodeJS.Timeout;

  constructor(
    private readonly socket: Socket,
    private readonly limits: TcpConnectionLimits,
    private readonly peer: Peer,
  ) {
    socket.setNoDelay(true);
    socket.allowHalfOpen = true;
    this.idle = setTimeout(() => this.onIdle(), peer.firstQueryMs(limits.idleMs));
    socket.on('data', (chunk: Buffer) => {
      if (this.leaving) {
        this.discard(chunk);
        return;
      }
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
    // The close that follows is handled.
    socket.on('error', () => {});
    socket.on('close', () => clearTimeout(this.idle));
  }

  /** Whether responses are awaited. */
  get isBusy(): boolean {
    return this.inFlight > 0;
  }

  stop(): void {
    this.stopping = true;
    this.socket.pause();
    this.endWhenDone();
  }

  /** Resumes reading only when all buffered messages are handled. */
  private readMessages(): void {
    if (this.stopping || this.socket.destroyed) return;
    if (this.buffered.length >= 2 && this.messageLength() > MAX_QUERY) this.socket.destroy();
    else if (!this.holdsMessage()) this.socket.resume();
    else {
      this.socket.pause();
      if (this.hasRoom()) this.peer.askTurn(this);
    }
  }

  /** Handles some of the buffered messages. */
  takeTurn(): boolean {
    this.socket.cork();
    for (let taken = 0; taken < MESSAGES_PER_TURN && this.mayTake(); taken++) {
      const end = 2 + this.messageLength();
      const message = this.buffered.subarray(2, end);
      this.buffered = this.buffered.subarray(end);
      this.take(message);
    }
    this.socket.uncork();
    if (this.mayTake()) return true;
    this.readMessages();
    this.endWhenDone();
    if (this.unlistedMessages > 0) this.leaveSoon();
    return false;
  }

  private mayTake(): boolean {
    if (this.stopping || this.socket.destroyed || this.unlistedMessages === UNLISTED_QUERIES) return false;
    return this.hasRoom() && this.holdsMessage();
  }

  /** Whether one more query may be in flight. */
  private hasRoom(): boolean {
    return this.inFlight < this.limits.inFlight && !this.socket.writableNeedDrain;
  }

  private messageLength(): number {
    return this.buffered.readUInt16BE(0);
  }

  private holdsMessage(): boolean {
    const { length } = this.buffered;
    return length >= 2 && length >= 2 + this.messageLength() && this.messageLength() <= MAX_QUERY;
  }

  private take(message: Buffer): void {
    if (this.peer.isUnlisted) this.unlistedMessages += 1;
    const answered = this.peer.answer(message);
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
    this.peer.touch();
  }

  /** An unlisted client gets responses to the queries that came with its first one. Then its connection is closed. */
  private leaveSoon(): void {
    setImmediate(() => {
      if (this.stopping || this.mayTake()) return;
      this.stopping = true;
      this.leaving = true;
      this.endWhenDone();
    });
  }

  private endWhenDone(): void {
    if (this.inFlight > 0 || this.socket.destroyed) return;
    if (!this.stopping && (!this.peerEnded || this.holdsMessage())) return;
    if (this.leaving && !this.peerEnded) {
      // Further bytes are read and discarded: closing with unread bytes would send a reset, which overtakes the responses.
      this.socket.end();
      this.socket.resume();
    } else this.socket.destroySoon();
    if (this.stopping) setTimeout(() => this.socket.destroy(), LAST_ANSWERS_MS).unref();
  }

  private discard(chunk: Buffer): void {
    this.bytesAfterLast += chunk.length;
    if (this.bytesAfterLast > LAST_BYTES) this.socket.destroy();
  }

  /** Awaited responses keep the connection open; responses that the client does not read do not. */
  private onIdle(): void {
    if (this.inFlight > 0 && this.socket.writableLength === 0) this.idle.refresh();
    else this.socket.destroy();
  }
}
