// One TLS connection to an upstream: many questions at once, answers in any order (RFC 7766 sections 6.2.1.1 and 7).
import { randomInt } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { framed } from '../wire/framing.js';
import { HEADER_SIZE } from '../wire/wire.js';
import { compare, type ExchangeFault, faultOf, faultWithoutQuestion } from './exchange.js';

/** A question on its way, over one connection or, when that ends, over the one that follows. */
export interface Asked {
  /** Its ID is written by the connection. */
  readonly query: Buffer;
  readonly questionEnd: number;
  readonly resolve: (reply: Buffer) => void;
  readonly reject: (fault: ExchangeFault) => void;
  connection: UpstreamConnection | null;
  /** How many messages the connection had received when this one was sent; -1 when it was not secure yet. */
  receivedBefore: number;
  isRepeated: boolean;
}

export interface ConnectionEvents {
  /** Something has come, be it too late. */
  readonly onMessage: () => void;
  /** It takes no more questions; those in flight are still answered. */
  readonly onRetired: (connection: UpstreamConnection) => void;
  /** `closed` and `malformed`: it had worked before, so that what was not answered may be asked again. */
  readonly onClosed: (
    connection: UpstreamConnection,
    unanswered: readonly Asked[],
    fault: ExchangeFault,
  ) => void;
}

/** TCP and TLS together. */
const HANDSHAKE_MS = 2000;
/** RFC 7858 section 3.4: closed by the client when it is not used; before most servers do, so that none is lost. */
const IDLE_MS = 8000;
/** As many as wait for all upstreams together. */
const MAX_IN_FLIGHT = 2000;
/** Questions that were given up and whose IDs are not free again. */
const MAX_LATE = 100;

export class UpstreamConnection {
  /** By ID; null: given up. */
  private readonly waiting = new Map<number, Asked | null>();
  /** Those of `waiting` that have not been given up. */
  private inFlight = 0;
  private messages = 0;
  private received: Buffer = Buffer.alloc(0);
  private isSecure = false;
  private isRetired = false;
  private fault: ExchangeFault | null = null;
  private error: unknown;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly socket: TLSSocket,
    private readonly events: ConnectionEvents,
  ) {
    this.timer = setTimeout(() => this.destroy('timeout'), HANDSHAKE_MS);
    socket.setNoDelay(true);
    // Not before the certificate has been verified: until then nothing is written.
    socket.on('secureConnect', () => this.onSecure());
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => this.onClose());
  }

  ask(asked: Asked): void {
    if (this.inFlight >= MAX_IN_FLIGHT) {
      asked.reject('busy');
      return;
    }
    asked.connection = this;
    asked.query.writeUInt16BE(this.freeId(), 0);
    this.waiting.set(asked.query.readUInt16BE(0), asked);
    this.inFlight += 1;
    asked.receivedBefore = this.isSecure ? this.messages : -1;
    if (this.isSecure) this.write(asked.query);
  }

  /**
   * The question's time is over. Its ID stays taken until its answer comes, which else might be taken for another's. A
   * connection over which nothing at all has come in this time may be dead, and is not asked again.
   */
  giveUp(asked: Asked): void {
    const id = asked.query.readUInt16BE(0);
    if (this.isSecure) this.waiting.set(id, null);
    else this.waiting.delete(id);
    this.inFlight -= 1;
    const isSilent = asked.receivedBefore === this.messages;
    if (isSilent || this.waiting.size - this.inFlight > MAX_LATE) this.retire();
    this.closeWhenDone();
  }

  destroy(fault: ExchangeFault): void {
    this.fault ??= fault;
    this.socket.destroy();
  }

  private onSecure(): void {
    this.isSecure = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onIdle(), IDLE_MS);
    for (const asked of this.waiting.values()) if (asked !== null) this.write(asked.query);
  }

  private freeId(): number {
    for (;;) {
      const id = randomInt(65_536);
      if (!this.waiting.has(id)) return id;
    }
  }

  /** All of one moment together. */
  private write(query: Buffer): void {
    this.socket.cork();
    this.socket.write(framed(query));
    process.nextTick(() => this.socket.uncork());
  }

  private read(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    while (this.received.length >= 2) {
      const end = 2 + this.received.readUInt16BE(0);
      if (this.received.length < end) return;
      const reply = this.received.subarray(2, end);
      this.received = this.received.subarray(end);
      if (!this.take(reply)) {
        this.destroy('malformed');
        return;
      }
    }
  }

  /**
   * False when the message answers nothing that was asked: then nothing that follows can be believed. One that has the ID
   * of a question and does not answer it ends that question alone: others on the connection have nothing to do with it.
   */
  private take(reply: Buffer): boolean {
    if (reply.length < HEADER_SIZE) return false;
    const id = reply.readUInt16BE(0);
    const asked = this.waiting.get(id);
    if (asked === undefined) return false;
    this.waiting.delete(id);
    this.messages += 1;
    this.timer.refresh();
    this.events.onMessage();
    if (asked === null) return true;
    this.inFlight -= 1;
    if (compare(reply, asked.query, asked.questionEnd) !== 'other') asked.resolve(reply);
    else asked.reject(faultWithoutQuestion(reply, asked.query) ?? 'malformed');
    this.closeWhenDone();
    return true;
  }

  private onIdle(): void {
    if (this.inFlight > 0) {
      this.timer.refresh();
      return;
    }
    this.retire();
    this.closeWhenDone();
  }

  private retire(): void {
    this.isRetired = true;
    this.events.onRetired(this);
  }

  private closeWhenDone(): void {
    if (this.isRetired && this.inFlight === 0) this.socket.destroySoon();
  }

  private onClose(): void {
    clearTimeout(this.timer);
    const unanswered = [...this.waiting.values()].filter((asked) => asked !== null);
    const beforeSecure = this.socket.authorizationError ? 'untrusted' : faultOf(this.error);
    this.events.onClosed(this, unanswered, this.fault ?? (this.isSecure ? 'closed' : beforeSecure));
  }
}
