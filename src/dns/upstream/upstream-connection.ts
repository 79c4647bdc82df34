// One TLS connection to an upstream: many queries in flight, responses in any order (RFC 7766 sections 6.2.1.1 and 7).
import { randomInt } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { framed } from '../wire/framing.js';
import { HEADER_SIZE } from '../wire/wire.js';
import { compare, type ExchangeFailure, failureOf, failureWithoutQuestion } from './exchange.js';

/** A query in flight. When its connection closes, it may be repeated over the next one. */
export interface Asked {
  /** In wire format; the connection writes its ID. */
  readonly query: Buffer;
  readonly questionEnd: number;
  readonly resolve: (reply: Buffer) => void;
  readonly reject: (failure: ExchangeFailure) => void;
  connection: UpstreamConnection | null;
  /** Messages that the connection had received when this query was sent; -1: the handshake was not complete. */
  receivedBefore: number;
  isRepeated: boolean;
}

export interface ConnectionEvents {
  /** A response has come, even if too late. */
  readonly onMessage: () => void;
  /** The connection takes no more queries. Those in flight are still answered. */
  readonly onRetired: (connection: UpstreamConnection) => void;
  /** With `closed` and `malformed` the connection had worked before, so unanswered queries may be repeated. */
  readonly onClosed: (
    connection: UpstreamConnection,
    unanswered: readonly Asked[],
    failure: ExchangeFailure,
  ) => void;
}

/** TCP and TLS together. */
const HANDSHAKE_MS = 2000;
/** The client closes an idle connection (RFC 7858 section 3.4), sooner than most servers, so that no query is lost. */
const IDLE_MS = 8000;
/** As many queries as are in flight to all upstreams together. */
const MAX_IN_FLIGHT = 2000;
/** Queries that have timed out and whose IDs are still reserved. */
const MAX_LATE = 100;

export class UpstreamConnection {
  /** By ID; null: timed out. */
  private readonly waiting = new Map<number, Asked | null>();
  /** Those of `waiting` that have not timed out. */
  private inFlight = 0;
  private messages = 0;
  private received: Buffer = Buffer.alloc(0);
  private isSecure = false;
  private isRetired = false;
  private failure: ExchangeFailure | null = null;
  private error: unknown;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly socket: TLSSocket,
    private readonly events: ConnectionEvents,
  ) {
    this.timer = setTimeout(() => this.destroy('timeout'), HANDSHAKE_MS);
    socket.setNoDelay(true);
    // No query is sent before the certificate has been verified.
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
   * The query has timed out. Its ID stays reserved until its response comes, which could otherwise be taken for another's. A
   * connection that has received nothing in this time may be dead, and takes no more queries.
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

  destroy(failure: ExchangeFailure): void {
    this.failure ??= failure;
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

  /** Queries of the same tick leave together. */
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
   * False when the message has the ID of no query: then no message that follows is trusted. One that has the ID of a query
   * and does not answer it ends that query alone.
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
    else asked.reject(failureWithoutQuestion(reply, asked.query) ?? 'malformed');
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
    const beforeSecure = this.socket.authorizationError ? 'untrusted' : failureOf(this.error);
    this.events.onClosed(this, unanswered, this.failure ?? (this.isSecure ? 'closed' : beforeSecure));
  }
}
