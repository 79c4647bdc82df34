// One connection of DNS over HTTPS (RFC 8484) on HTTP/2: many queries in flight, each on its own stream.
// dns2's DOHServer is not used: it supports HTTP/1.1 only, accepts bodies of any length, and lets every web page read
// the responses for a customer's network (CORS `*`).
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
import type { TurnTaker } from '../policy/turns.js';
import { readAnswer } from '../wire/answer.js';
import { plainNameEnd } from '../wire/name.js';
import { MAX_QUERY } from '../wire/query.js';
import { HEADER_SIZE } from '../wire/wire.js';
import { DNS_MESSAGE, HTTP_ERROR, type HttpError, readRequest } from './doh-request.js';
import type { Watched } from './flood-watch.js';
import { LivePage } from './live-page.js';
import { type Peer, UNLISTED_QUERIES } from './peer.js';
import type { Conversation } from './stream-server.js';
import { serverNameOf } from './transports.js';

export interface DohLimits {
  /** Milliseconds without a response taken by the client after which the connection is closed. */
  readonly idleMs: number;
  /** Milliseconds for the body of a request. */
  readonly bodyMs: number;
}

/** RFC 9113 section 6.5.2 recommends at least so many. It also limits queries in flight, those of reset streams included. */
const MAX_STREAMS = 100;

const SESSION: ServerSessionOptions = {
  settings: {
    enablePush: false,
    maxConcurrentStreams: MAX_STREAMS,
    // Bytes: the longest query in base64url, and as much again for the headers of browsers. A larger request is reset.
    maxHeaderListSize: 12 * 1024,
  },
  maxHeaderListPairs: 64,
  maxOutstandingPings: 2,
  /** Megabytes. */
  maxSessionMemory: 1,
  maxSessionInvalidFrames: 100,
  // A client that keeps opening and resetting streams is disconnected (CVE-2023-44487).
  streamResetBurst: 200,
  streamResetRate: 33,
};

/** Without a Date header, which no client needs: a cache counts from the time of receipt. */
const RESPONSE: ServerStreamResponseOptions & { sendDate: boolean } = { sendDate: false };

/** Requests that are handled in one turn. */
const REQUESTS_PER_TURN = 8;

/** Bytes that a client may send: for the start of the connection, and for each request with its frames. */
const BYTES_AT_START = 65_536;
const BYTES_PER_REQUEST = 20_480;

/** Bytes of responses that wait because the client does not open its HTTP/2 windows. */
const MAX_UNREAD = 1024 * 1024;

/** How long a client may take to read its last responses. */
const LAST_ANSWERS_MS = 1000;

export class DohSession implements Conversation, TurnTaker, Watched {
  private readonly session: ServerHttp2Session;
  private readonly idle: NodeJS.Timeout;
  /** Requests that wait for a turn. */
  private readonly waiting: (() => void)[] = [];
  /** Responses that are awaited. */
  private inFlight = 0;
  /** Requests whose body is being received. */
  private bodies = 0;
  private requests = 0;
  /** Bytes of responses whose streams are open. */
  private unread = 0;
  /** Requests that came while the client was unlisted. */
  private unlistedRequests = 0;
  private stopping = false;
  /** The host of the last request, and the client as it reaches the node by that name. */
  private authority: string | undefined;
  private named: Peer;
  private readonly live: LivePage;

  constructor(
    private readonly socket: TLSSocket,
    private readonly limits: DohLimits,
    private readonly peer: Peer,
  ) {
    socket.setNoDelay(true);
    this.named = peer.named(serverNameOf(socket.servername));
    this.live = new LivePage(peer, () => this.onStreamClosed());
    this.session = performServerHandshake(socket, SESSION);
    this.idle = setTimeout(() => this.onIdle(), peer.firstQueryMs(limits.idleMs));
    this.session.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      this.requests += 1;
      this.inTurn(() => this.onRequest(stream, headers));
    });
    // The close that follows is handled.
    this.session.on('error', () => {});
    const watched = peer.watch(this);
    // Of the socket, because a session that was closed gracefully emits no events any more.
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
    return this.inFlight > 0 || this.bodies > 0 || this.live.isOpen;
  }

  stop(): void {
    this.stopping = true;
    this.live.end();
    this.session.close();
    this.endWhenDone();
  }

  takeTurn(): boolean {
    for (const work of this.waiting.splice(0, REQUESTS_PER_TURN)) work();
    if (this.waiting.length > 0) return true;
    if (this.unlistedRequests > 0) setImmediate(() => this.leaveWhenDone());
    return false;
  }

  private inTurn(work: () => void): void {
    this.waiting.push(work);
    this.peer.askTurn(this);
  }

  private onRequest(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (stream.closed || stream.destroyed) return;
    if (this.peer.isUnlisted) this.unlistedRequests += 1;
    if (this.unlistedRequests > UNLISTED_QUERIES) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    if (this.live.serve(stream, headers)) return;
    const request = readRequest(headers);
    const client = this.clientOf(headers);
    if (request === 'body') this.readBody(stream, client);
    else if ('query' in request) this.take(stream, client, request.query);
    else refuse(stream, request);
  }

  /**
   * The client by the name in the request, or else by that in the TLS handshake: a client may use one connection for all names
   * that the certificate has (RFC 9113 section 9.1.1).
   */
  private clientOf(headers: IncomingHttpHeaders): Peer {
    const authority = headers[':authority'] ?? headers.host;
    if (authority === this.authority) return this.named;
    this.authority = authority;
    this.named = this.peer.named(serverNameOf(authority) ?? serverNameOf(this.socket.servername));
    return this.named;
  }

  private readBody(stream: ServerHttp2Stream, client: Peer): void {
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
      this.onStreamClosed();
    });
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_QUERY) refuse(stream, HTTP_ERROR.tooLarge);
      else chunks.push(chunk);
    });
    stream.on('end', () => {
      ended();
      if (length <= MAX_QUERY && !stream.aborted)
        this.inTurn(() => this.take(stream, client, Buffer.concat(chunks)));
    });
  }

  private take(stream: ServerHttp2Stream, client: Peer, query: Buffer): void {
    if (stream.closed || stream.destroyed) return;
    if (this.inFlight >= MAX_STREAMS) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const answered = client.answer(query);
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

  /** Sends a response. Shared caches must not keep it: every response depends on the client's address. */
  private reply(stream: ServerHttp2Stream, message: Buffer | null): void {
    if (message === null) {
      refuse(stream, HTTP_ERROR.notAQuery);
      return;
    }
    if (stream.closed || stream.destroyed) return;
    if (this.unread + message.length > MAX_UNREAD) {
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    this.unread += message.length;
    const head = {
      ':status': 200,
      'content-type': DNS_MESSAGE,
      'cache-control': `private, max-age=${maxAge(message)}`,
    };
    stream.respond(head, RESPONSE);
    stream.end(message);
    // `finish` is not emitted for a stream whose request has been read to its end.
    stream.once('close', () => {
      this.unread -= message.length;
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      this.idle.refresh();
      this.peer.touch();
    });
  }

  private onStreamClosed(): void {
    if (this.unlistedRequests > 0) this.leaveWhenDone();
    this.endWhenDone();
  }

  private endWhenDone(): void {
    if (!this.stopping || this.isBusy) return;
    setTimeout(() => this.end(), LAST_ANSWERS_MS).unref();
  }

  /** Destroys the socket, too: a session that was closed gracefully leaves that to the client. */
  private end(): void {
    this.session.destroy();
    this.socket.destroy();
  }

  /** An unlisted client gets responses to the requests that came with its first one. Then its connection is closed. */
  private leaveWhenDone(): void {
    if (!this.stopping && this.waiting.length === 0 && !this.isBusy) this.stop();
  }

  /**
   * Awaited responses and bodies keep the connection open; responses that the client does not read do not. GOAWAY names the
   * last request that was handled, so the client knows which ones to repeat.
   */
  private onIdle(): void {
    if (this.isBusy) this.idle.refresh();
    else this.stop();
  }
}

/** Sends an HTTP error, and reads no more of the request. */
function refuse(stream: ServerHttp2Stream, { status, text, allow }: HttpError): void {
  if (stream.closed || stream.destroyed || stream.headersSent) return;
  const head = { ':status': status, 'content-type': 'text/plain', ...(allow && { allow }) };
  stream.respond(head, RESPONSE);
  // A response to HEAD has ended with its headers.
  if (stream.writable) stream.end(text);
  // RFC 9113 section 8.1: a whole response may be followed by a reset without an error when its request is not read.
  stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
}

/** Seconds for which HTTP caches may keep a response (RFC 8484 section 5.1); 0 for one that is not cached, such as REFUSED. */
function maxAge(message: Buffer): number {
  const nameEnd = message.readUInt16BE(4) === 1 ? plainNameEnd(message, HEADER_SIZE, message.length) : -1;
  return nameEnd < 0 ? 0 : (readAnswer(message, nameEnd + 4)?.ttl ?? 0);
}
