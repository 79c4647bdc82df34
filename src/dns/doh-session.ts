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
import { readAnswer } from './answer.js';
import { DNS_MESSAGE, FAULT, type HttpFault, readRequest } from './doh-request.js';
import { plainNameEnd } from './name.js';
import { MAX_QUERY } from './query.js';
import type { Conversation } from './stream-server.js';
import { HEADER_SIZE } from './wire.js';

export interface DohLimits {
  /** Milliseconds without an answer sent after which the connection is destroyed. */
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

/** How long a peer may take for its last answers when the server stops. */
const LAST_ANSWERS_MS = 1000;

export class DohSession implements Conversation {
  private readonly session: ServerHttp2Session;
  private readonly idle: NodeJS.Timeout;
  /** Answers that are being looked for. */
  private inFlight = 0;
  private stopping = false;

  constructor(
    socket: TLSSocket,
    private readonly limits: DohLimits,
    private readonly answer: (bytes: Buffer) => Buffer | null | Promise<Buffer | null>,
  ) {
    socket.setNoDelay(true);
    this.session = performServerHandshake(socket, SESSION);
    this.idle = setTimeout(() => this.onIdle(), limits.idleMs);
    this.session.on('stream', (stream, headers) => this.onStream(stream, headers));
    // The close that follows is all that matters.
    this.session.on('error', () => {});
    this.session.on('close', () => clearTimeout(this.idle));
  }

  stop(): void {
    this.stopping = true;
    this.session.close();
    this.endWhenDone();
  }

  private onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => {});
    const request = readRequest(headers);
    if (request === 'body') this.readBody(stream);
    else if ('query' in request) this.take(stream, request.query);
    else refuse(stream, request);
  }

  private readBody(stream: ServerHttp2Stream): void {
    const deadline = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), this.limits.bodyMs);
    stream.on('close', () => clearTimeout(deadline));
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_QUERY) refuse(stream, FAULT.tooLarge);
      else chunks.push(chunk);
    });
    stream.on('end', () => {
      clearTimeout(deadline);
      if (length <= MAX_QUERY && !stream.aborted) this.take(stream, Buffer.concat(chunks));
    });
  }

  private take(stream: ServerHttp2Stream, query: Buffer): void {
    if (this.inFlight >= MAX_STREAMS) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const answered = this.answer(query);
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
    const head = {
      ':status': 200,
      'content-type': DNS_MESSAGE,
      'cache-control': `private, max-age=${lifetime(message)}`,
    };
    stream.respond(head, RESPONSE);
    stream.end(message);
    stream.once('finish', () => this.idle.refresh());
  }

  private endWhenDone(): void {
    if (!this.stopping || this.inFlight > 0) return;
    setTimeout(() => this.session.destroy(), LAST_ANSWERS_MS).unref();
  }

  /** An answer that is still being looked for excuses the silence; one that the peer does not take does not. */
  private onIdle(): void {
    if (this.inFlight > 0) this.idle.refresh();
    else this.session.destroy();
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
