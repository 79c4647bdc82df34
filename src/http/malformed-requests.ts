// How long, how large and of what form a request may be; what is more, or none at all, gets a coded answer in JSON, too.
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../graphql/error-codes.js';

const HEADERS_MS = 10_000;
const HEADERS_BYTES = 16 * 1024;
const HEADER_FIELDS = 100;

/** Whoever is refused may go on sending for so long: a connection that is closed on unread bytes loses the answer. */
const LINGER_MS = 1000;

/** `uri-host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986 section 3.2.2); empty where the target has no authority. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\dA-Fa-f:.]+\])(?::\d{0,5})?$/;

interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

const TOO_SLOW: Refusal = {
  status: 408,
  code: 'REQUEST_TIMEOUT',
  message: 'The request took too long to arrive.',
};
const TOO_MANY_HEADERS: Refusal = {
  status: 431,
  code: 'REQUEST_TOO_LARGE',
  message: 'The header fields are too large.',
};
const UNREADABLE: Refusal = { status: 400, code: 'BAD_REQUEST', message: 'The request cannot be read.' };
const COMPRESSED: Refusal = {
  status: 415,
  code: 'BAD_REQUEST',
  message: 'Send the request without Content-Encoding.',
};
const EXPECTATION: Refusal = {
  status: 417,
  code: 'BAD_REQUEST',
  message: 'Only 100-continue can be expected.',
};
const CONNECT: Refusal = { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'This is no proxy.' };

/** Options of Node's server. `requestMs`: for so long a whole request may take to arrive. */
export function serverLimits(requestMs: number): ServerOptions {
  return {
    requestTimeout: requestMs,
    headersTimeout: Math.min(HEADERS_MS, requestMs),
    // Node looks for late requests only so often, and every 30 seconds unless it is told otherwise.
    connectionsCheckingInterval: Math.min(1000, requestMs / 4),
    maxHeaderSize: HEADERS_BYTES,
    // Node's own answer to a request without one has no body.
    requireHostHeader: false,
  };
}

/** The answers that a connection still waits for. */
const pending = new WeakMap<Socket, Set<ServerResponse>>();
const refused = new WeakSet<Socket>();

/** Refuses what is no request of Fastify's, and what Fastify would misread. */
export function refuseUnreadable(app: FastifyInstance): void {
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const answers = pending.get(socket) ?? new Set();
    pending.set(socket, answers.add(response));
    response.once('close', () => answers.delete(response));
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Socket) => end(socket, CONNECT));
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(EXPECTATION.status, headersOf(EXPECTATION)).end(bodyOf(EXPECTATION));
  });
  app.addHook('onRequest', (request, reply, done) => {
    const refusal = faultOf(request);
    if (refusal === null) done();
    else reply.code(refusal.status).headers(headersOf(refusal)).send(bodyOf(refusal));
  });
}

/** Fastify's `clientErrorHandler`: bytes that are no request, or come too slowly. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // What comes after the first fault is faulty, too.
  if (refused.has(socket)) return;
  refused.add(socket);
  const answers = [...(pending.get(socket) ?? [])];
  // Whoever has sent whole requests before gets the answers to those first (RFC 9112 section 9.3.2).
  const earlier = answers.findLast(({ req }) => req.complete);
  if (error.code === 'ECONNRESET') socket.destroy();
  else if (earlier !== undefined) earlier.once('close', () => end(socket, refusalOf(error)));
  else if (answers.some(({ headersSent }) => headersSent)) socket.destroy();
  else end(socket, refusalOf(error));
}

function refusalOf({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TOO_SLOW;
  return code === 'HPE_HEADER_OVERFLOW' ? TOO_MANY_HEADERS : UNREADABLE;
}

/** What is wrong with a request that Node could read. */
function faultOf({ raw }: FastifyRequest): Refusal | null {
  if (raw.rawHeaders.length > 2 * HEADER_FIELDS) return TOO_MANY_HEADERS;
  // RFC 9112 sections 2.3 and 3.2.
  const hosts = hostFields(raw.rawHeaders);
  if (raw.httpVersionMajor !== 1 || hosts > 1 || (hosts === 0 && raw.httpVersion !== '1.0'))
    return UNREADABLE;
  if (!HOST.test(raw.headers.host ?? '')) return UNREADABLE;
  // No path of ours has a NUL, and Postgres takes none in a text.
  if (raw.url?.includes('%00')) return UNREADABLE;
  return raw.headers['content-encoding'] === undefined ? null : COMPRESSED;
}

/** How many there are: Node's `headers` keeps one, and `headersDistinct` costs more than the rest of a request's checks. */
function hostFields(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

function end(socket: Socket, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const fields = Object.entries(headersOf(refusal)).map(([name, value]) => `${name}: ${value}`);
  // The reason phrase may be empty (RFC 9112 section 4).
  const head = [`HTTP/1.1 ${refusal.status} `, ...fields];
  socket.end(`${head.join('\r\n')}\r\n\r\n${bodyOf(refusal)}`);
  socket.setTimeout(0);
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(linger));
}

function headersOf(refusal: Refusal): Record<string, string> {
  return {
    'content-length': String(Buffer.byteLength(bodyOf(refusal))),
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    // RFC 9110 section 15.5.16.
    ...(refusal === COMPRESSED && { 'accept-encoding': 'identity' }),
  };
}

function bodyOf({ code, message }: Refusal): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}
