// One connection of DNS over HTTPS (RFC 8484), on HTTP/2: many questions at once, each on a stream of its own.
// dns2's DOHServer is not used: it speaks HTTP/1.1 only, collects a body of any length, and lets every web page read
// what a customer's network is answered (CORS `*`).
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerSessionOptions,
  type ServerStreamResponseOptions,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { readAnswer } from '../wire/answer.js';
import { plainNameEnd } from '../wire/name.js';
import { MAX_QUERY } from '../wire/query.js';
import { HEADER_SIZE } from '../wire/wire.js';
import { DNS_MESSAGE, FAULT, type HttpFault, readRequest } from './doh-request.js';
import type { Watched } from './flood-watch.js';
import { type Peer, STRANGER_QUESTIONS } from './peer.js';
import type { Conversation } from './stream-server.js';
import type { Speaker } from './turns.js';

export interface DohLimits {
  /** Milliseconds without an answer taken after which the peer has to go. */
  readonly idleMs: number;
  /** Milliseconds for the body of a request. */
  readonly bodyMs: number;
}

/** RFC 9113 section 6.5.2 recommends no fewer; also the questions that are worked on at one time, reset ones included. */
const MAX_STREAMS = 100;

const SESSION: ServerSessionOptions = {
  settings: {
    enablePush: false,
    maxConcurrentStreams: MAX_STREAMS,
    // The longest query in base64url, and as much again for what browsers add. A request with more is reset.
    maxHeaderListSize: 12 * 1024,
  },
  maxHeaderListPairs: 64,
  maxOutstandingPings: 2,
  /** Megabytes. */
  maxSessionMemory: 1,
  maxSessionInvalidFrames: 100,
  // Opening and resetting streams on and on (CVE-2023-44487) closes the session.
  streamResetBurst: 200,
  streamResetRate: 33,
};

/** Node adds a Date otherwise. Nothing needs it: a cache without one counts from the moment of receipt. */
const RESPONSE: ServerStreamResponseOptions & { sendDate: boolean } = { sendDate: false };

/** Requests that are worked on before others have their turn. */
const REQUESTS_PER_TURN = 8;

/** Bytes that may come: for the start, and for each request, whose headers and query are bounded, with frames around them. */
const BYTES_AT_START = 65_536;
const BYTES_PER_REQUEST = 20_480;

/** Bytes of answers that wait for the peer to take them: it opens the windows of HTTP/2, or does not. */
const MAX_UNTAKEN = 1024 * 1024;

/** How long a peer may take for its last answers. */
const LAST_ANSWERS_MS = 1000;

export class DohSession implements Conversation, Speaker, Watched {
  private readonly session: ServerHttp2Session;
  private readonly idle: NodeJS.Timeout;
  /** What waits for a turn, a piece for each request. */
  private readonly waiting: (() => void)[] = [];
  /** Answers that are being looked for. */
  private inFlight = 0;
  /** Requests whose body is being read. */
  private bodies = 0;
  private requests = 0;
  /** Bytes of answers whose streams are open. */
  private untaken = 0;
  /** Requests of the source while it was not listed. */
  private strangersRequests = 0;
  private stopping = false;

  constructor(
    private readonly socket: TLSSocket,
    private readonly limits: DohLimits,
    private readonly peer: Peer,
  ) {
    socket.setNoDelay(true);
    this.session = performServerHandshake(socket, SESSION);
    this.idle = setTimeout(() => this.onIdle(), peer.firstQueryMs(limits.idleMs));
    this.session.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      this.requests += 1;
      this.inTurn(() => this.onRequest(stream, headers));
    });
    // The close that follows is all that matters.
    this.session.on('error', () => {});
    const watched = peer.watch(this);
    // Not of the session: one that was closed gracefully has no events of its own any more.
    socket.on('close', () => {
      clearTimeout(this.idle);
      watched();
    });
  }

  get bytesReceived(): number {
    return this.socket.bytesRead;
  }

  get bytesAllowed(): number {
    return BYTES_AT_START + this.requests * BYTES_PER_REQUEST;
  }

  onFlood(): void {
    this.peer.shun();
    this.end();
  }

  get isBusy(): boolean {
    return this.inFlight > 0 || this.bodies > 0;
  }

  stop(): void {
    this.stopping = true;
    this.session.close();
    this.endWhenDone();
  }

  takeTurn(): boolean {
    for (const work of this.waiting.splice(0, REQUESTS_PER_TURN)) work();
    if (this.waiting.length > 0) return true;
    if (this.strangersRequests > 0) setImmediate(() => this.leaveWhenDone());
    return false;
  }

  private inTurn(work: () => void): void {
    this.waiting.push(work);
    this.peer.askTurn(this);
  }

  private onRequest(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (stream.closed || stream.destroyed) return;
    if (this.peer.isStranger) this.strangersRequests += 1;
    if (this.strangersRequests > STRANGER_QUESTIONS) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const request = readRequest(headers);
    if (request === 'body') this.readBody(stream);
    else if ('query' in request) this.take(stream, request.query);
    else refuse(stream, request);
  }

  private readBody(stream: ServerHttp2Stream): void {
    this.bodies += 1;
    const deadline = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), this.limits.bodyMs);
    let isRead = false;
    const ended = () => {
      if (!isRead) this.bodies -= 1;
      isRead = true;
      clearTimeout(deadline);
    };
    stream.on('close', () => {
      ended();
      if (this.strangersRequests > 0) this.leaveWhenDone();
      this.endWhenDone();
    });
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_QUERY) refuse(stream, FAULT.tooLarge);
      else chunks.push(chunk);
    });
    stream.on('end', () => {
      ended();
      if (length <= MAX_QUERY && !stream.aborted) this.inTurn(() => this.take(stream, Buffer.concat(chunks)));
    });
  }

  private take(stream: ServerHttp2Stream, query: Buffer): void {
    if (stream.closed || stream.destroyed) return;
    if (this.inFlight >= MAX_STREAMS) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const answered = this.peer.answer(query);
    if (!(answered instanceof Promise)) {
      this.reply(stream, answered);
      return;
    }
    this.inFlight += 1;
    void answered.then((message) => {
      this.inFlight -= 1;
      this.reply(stream, message);
      this.endWhenDone();
    });
  }

  /** Every answer depends on who asks, so caches that others share must not keep it. */
  private reply(stream: ServerHttp2Stream, message: Buffer | null): void {
    if (message === null) {
      refuse(stream, FAULT.notAQuery);
      return;
    }
    if (stream.closed || stream.destroyed) return;
    if (this.untaken + message.length > MAX_UNTAKEN) {
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    this.untaken += message.length;
    const head = {
      ':status': 200,
      'content-type': DNS_MESSAGE,
      'cache-control': `private, max-age=${lifetime(message)}`,
    };
    stream.respond(head, RESPONSE);
    stream.end(message);
    // Not `finish`: it does not come for a stream whose request has been read to its end.
    stream.once('close', () => {
      this.untaken -= message.length;
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      this.idle.refresh();
      this.peer.touch();
    });
  }

  private endWhenDone(): void {
    if (!this.stopping || this.isBusy) return;
    setTimeout(() => this.end(), LAST_ANSWERS_MS).unref();
  }

  /** A session that was closed gracefully leaves its socket to the peer, which may never close it. */
  private end(): void {
    this.session.destroy();
    this.socket.destroy();
  }

  /** A source that is not listed is answered what has come with its first request, and has to go then. */
  private leaveWhenDone(): void {
    if (!this.stopping && this.waiting.length === 0 && !this.isBusy) this.stop();
  }

  /**
   * An answer that is still being looked for excuses the silence, and so does a body that may still come; an answer that
   * the peer does not take does not. GOAWAY names the last request that was taken, so a peer knows which one to repeat.
   */
  private onIdle(): void {
    if (this.isBusy) this.idle.refresh();
    else this.stop();
  }
}

/** Answers in words, and reads no more of the request. */
function refuse(stream: ServerHttp2Stream, { status, text, allow }: HttpFault): void {
  if (stream.closed || stream.destroyed || stream.headersSent) return;
  const head = { ':status': status, 'content-type': 'text/plain', ...(allow && { allow }) };
  stream.respond(head, RESPONSE);
  // To HEAD the head was all.
  if (stream.writable) stream.end(text);
  // RFC 9113 section 8.1: a whole response may be followed by a reset without an error when its request is not read.
  stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
}

/** Seconds, as RFC 8484 section 5.1 says; 0 for what is no answer to keep, such as REFUSED. */
function lifetime(message: Buffer): number {
  const nameEnd = message.readUInt16BE(4) === 1 ? plainNameEnd(message, HEADER_SIZE, message.length) : -1;
  return nameEnd < 0 ? 0 : (readAnswer(message, nameEnd + 4)?.ttl ?? 0);
}
