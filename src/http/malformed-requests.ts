// Refuses requests that Node or Fastify cannot read, and those that Fastify would misread. Each gets an error response in JSON.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../lib/error-codes.js';
import { errorBody } from './error-responses.js';
import { HEADER_FIELDS } from './limits.js';
import { repaired, serveAgain } from './repaired-targets.js';

/** How long a refused client may go on sending. A connection that is closed with unread bytes loses the response. */
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
const CONNECT: Refusal = { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'This server is not a proxy.' };

/** The responses that each connection still waits for. */
const pending = new WeakMap<Socket, Set<ServerResponse>>();
const refused = new WeakSet<Socket>();

export function refuseMalformed(app: FastifyInstance): void {
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const responses = pending.get(socket) ?? new Set();
    pending.set(socket, responses.add(response));
    response.once('close', () => responses.delete(response));
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Socket) => end(socket, CONNECT));
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(EXPECTATION.status, headersOf(EXPECTATION)).end(bodyOf(EXPECTATION));
  });
  app.addHook('onRequest', (request, reply, done) => {
    const refusal = refusalOf(request);
    if (refusal === null) done();
    else reply.code(refusal.status).headers(headersOf(refusal)).send(bodyOf(refusal));
  });
}

interface ClientError extends NodeJS.ErrnoException {
  /** A Buffer with the bytes at which Node's parser stopped. */
  readonly rawPacket?: unknown;
}

/**
 * Fastify's `clientErrorHandler`: the bytes are no HTTP request, or come too slowly. `isMeant`: whether a target that Node
 * refuses is served all the same, when it has been repaired.
 */
export function handleClientError(
  error: ClientError,
  socket: Socket,
  server: Server,
  isMeant: (target: string) => boolean,
): void {
  // The bytes after the first error are invalid, too, and are ignored.
  if (refused.has(socket)) return;
  refused.add(socket);
  if (error.code === 'HPE_INVALID_URL' && Buffer.isBuffer(error.rawPacket) && !pending.has(socket)) {
    const request = repaired(error.rawPacket);
    if (request !== null && isMeant(request.target)) {
      serveAgain(server, socket, request.bytes);
      return;
    }
  }
  const responses = [...(pending.get(socket) ?? [])];
  // Requests that arrived whole before this one get their responses first (RFC 9112 section 9.3.2).
  const earlier = responses.findLast(({ req }) => req.complete);
  if (error.code === 'ECONNRESET') socket.destroy();
  else if (earlier !== undefined) earlier.once('close', () => end(socket, refusalOfError(error)));
  else if (responses.some(({ headersSent }) => headersSent)) socket.destroy();
  else end(socket, refusalOfError(error));
}

function refusalOfError({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return TOO_SLOW;
  return code === 'HPE_HEADER_OVERFLOW' ? TOO_MANY_HEADERS : UNREADABLE;
}

/** Null for a request that is well-formed. */
function refusalOf({ raw }: FastifyRequest): Refusal | null {
  if (raw.rawHeaders.length > 2 * HEADER_FIELDS) return TOO_MANY_HEADERS;
  // RFC 9112 sections 2.3 and 3.2.
  const hosts = hostFields(raw.rawHeaders);
  if (raw.httpVersionMajor !== 1 || hosts > 1 || (hosts === 0 && raw.httpVersion !== '1.0'))
    return UNREADABLE;
  if (!HOST.test(raw.headers.host ?? '')) return UNREADABLE;
  // No path of the server has a NUL, and Postgres accepts none in a string.
  if (raw.url?.includes('%00')) return UNREADABLE;
  return raw.headers['content-encoding'] === undefined ? null : COMPRESSED;
}

/** The number of Host fields: Node's `headers` keeps one, and `headersDistinct` costs more than all other checks of a request. */
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
  return JSON.stringify(errorBody(code, message));
}
