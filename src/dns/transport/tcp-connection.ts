// One connection of TCP or DoT: messages framed by their length, pipelined, and held back when their answers are not taken.
import type { Socket } from 'node:net';
import { framed } from '../wire/framing.js';
import { MAX_QUERY } from '../wire/query.js';
import { type Peer, STRANGER_QUESTIONS } from './peer.js';
import type { Conversation } from './stream-server.js';
import type { Speaker } from './turns.js';

export interface TcpConnectionLimits {
  /** Milliseconds without an answer sent after which the connection is destroyed (RFC 7766 section 6.2.3). */
  readonly idleMs: number;
  /** Messages of one connection that are worked on at one time; more wait in the system's buffers. */
  readonly inFlight: number;
}

/** Messages that are taken before others have their turn. */
const MESSAGES_PER_TURN = 8;

/** How long a peer may take for its last answers, and how much it may send meanwhile that nobody reads. */
const LAST_ANSWERS_MS = 1000;
const LAST_BYTES = 65_536;

export class TcpConnection implements Conversation, Speaker {
  private buffered: Buffer = Buffer.alloc(0);
  private inFlight = 0;
  /** Messages taken while the source was not listed. */
  private strangersMessages = 0;
  /** The peer has ended its side (half-close); what it asked before is still answered. */
  private peerEnded = false;
  /** No more messages are taken. */
  private stopping = false;
  /** It is the peer that has to go, not the server that stops. */
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
    // The close that follows is all that matters.
    socket.on('error', () => {});
    socket.on('close', () => clearTimeout(this.idle));
  }

  /** Answers are being looked for. */
  get isBusy(): boolean {
    return this.inFlight > 0;
  }

  stop(): void {
    this.stopping = true;
    this.socket.pause();
    this.endWhenDone();
  }

  /** Reads on only when all that has come is taken. */
  private readMessages(): void {
    if (this.stopping || this.socket.destroyed) return;
    if (this.buffered.length >= 2 && this.messageLength() > MAX_QUERY) this.socket.destroy();
    else if (!this.holdsMessage()) this.socket.resume();
    else {
      this.socket.pause();
      if (this.hasRoom()) this.peer.askTurn(this);
    }
  }

  /** Takes some of the messages that are buffered. */
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
    if (this.strangersMessages > 0) this.leaveSoon();
    return false;
  }

  private mayTake(): boolean {
    if (this.stopping || this.socket.destroyed || this.strangersMessages === STRANGER_QUESTIONS) return false;
    return this.hasRoom() && this.holdsMessage();
  }

  /** For one more answer. */
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
    if (this.peer.isStranger) this.strangersMessages += 1;
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

  /** A source that is not listed is answered what has come with its first question, and has to go then. */
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
      // What comes is read and thrown away: a close with something unread would be a reset, which overtakes the answers.
      this.socket.end();
      this.socket.resume();
    } else this.socket.destroySoon();
    if (this.stopping) setTimeout(() => this.socket.destroy(), LAST_ANSWERS_MS).unref();
  }

  private discard(chunk: Buffer): void {
    this.bytesAfterLast += chunk.length;
    if (this.bytesAfterLast > LAST_BYTES) this.socket.destroy();
  }

  /** An answer that is still being looked for excuses the silence; one that the peer does not take does not. */
  private onIdle(): void {
    if (this.inFlight > 0 && this.socket.writableLength === 0) this.idle.refresh();
    else this.socket.destroy();
  }
}
