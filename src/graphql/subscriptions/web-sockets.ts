// Subscriptions over WebSocket in the subprotocol graphql-transport-ws, many on one socket. A socket that authenticates by cookie
// must come from an allowed page, because browsers send cookies with the requests of any page. Idle sockets are closed.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ExecutionResult } from 'graphql';
import {
  CloseCode,
  type Context as Connection,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  MessageType,
  makeServer,
  type Server,
} from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { sessionCookie } from '../../http/cookies.js';
import { bearerOf } from '../../http/credentials.js';
import { BODY_BYTES } from '../../http/limits.js';
import { type AllowedOrigins, isForeignPage } from '../../http/origins.js';
import { errorFields, type Logger } from '../../runtime/log.js';
import type { Watcher } from '../../services/live/live.js';
import type { Services } from '../../services/services.js';
import type { Context } from '../context.js';
import { maskedServerError, tooManySubscriptions, unauthenticated } from '../errors.js';
import { subscriberContext } from '../request-context.js';
import type { GraphqlServer } from '../server.js';
import { prepareSubscription, type SubscriptionRequest, withMaskedErrors } from './prepare-subscription.js';

const PATH = '/graphql';
const INIT_MS = 3000;
/** A connection that has not answered a ping by the next one is closed. */
const PING_MS = 15_000;
/** How long a socket may stay open without a subscription. */
const IDLE_MS = 60_000;
const MOST_PER_SOCKET = 10;
/** More than the subscriptions that an account may have, so that a client with too many gets an error, not a closed socket. */
const MOST_PER_ACCOUNT = 40;
const MOST_SOCKETS = 10_000;
/** How long a client may take to answer a close. */
const CLOSE_MS = 1000;

/** Close codes of WebSocket (RFC 6455 section 7.4.1, and the registry of IANA). */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
/** 4000 and the HTTP status (RFC 6585, section 4), as the subprotocol's own codes are made. */
const TOO_MANY = 4429;

const SERVER_MESSAGES: ReadonlySet<unknown> = new Set([
  MessageType.ConnectionAck,
  MessageType.Next,
  MessageType.Error,
]);

interface ConnectionParams extends Record<string, unknown> {
  readonly authorization?: unknown;
}

interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** Set once the connection is acknowledged. */
  viewer?: Watcher;
  idle?: NodeJS.Timeout;
}

type LiveConnection = Connection<ConnectionParams, Extra>;

/** Whether a request asks to switch to a WebSocket for subscriptions. Any other upgrade is ignored, and the request answered over HTTP. */
export function asksForSocket({ url, headers }: IncomingMessage): boolean {
  return url === PATH && headers.upgrade?.toLowerCase() === 'websocket';
}

export interface SocketOptions {
  readonly graphql: GraphqlServer;
  readonly services: Services;
  /** The pages that may authenticate by cookie, besides the gateway's own. */
  readonly origins: AllowedOrigins;
  readonly log: Logger;
}

export function serveSockets(app: FastifyInstance, options: SocketOptions): { end(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: BODY_BYTES.webSocketMessage,
    handleProtocols: (offered) =>
      offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
  const server = protocolServer(app, options);
  app.server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    if (sockets.clients.size >= MOST_SOCKETS) {
      duplex.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, duplex, head, (socket) => carry(server, { socket, request }, options.log));
  });
  return {
    async end() {
      // New sockets are refused from now on.
      sockets.close();
      const open = [...sockets.clients];
      const closed = open.map((socket) => once(socket, 'close'));
      for (const socket of open) socket.close(GOING_AWAY, 'Going away');
      const late = setTimeout(() => {
        for (const socket of open) socket.terminate();
      }, CLOSE_MS);
      await Promise.all(closed);
      clearTimeout(late);
    },
  };
}

/** Carries the bytes of one socket to and from the subprotocol. */
function carry(server: Server<Extra>, extra: Extra, log: Logger): void {
  const { socket } = extra;
  let answered = true;
  const pinging = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_MS);
  socket.on('pong', () => {
    answered = true;
  });
  // An error of the client, such as a message that is too large. The socket closes with a code that states it.
  socket.on('error', () => {});
  const closed = server.opened(
    {
      protocol: socket.protocol,
      // Resolves when the message has left this process, so that the next state is read by then.
      send: (data) => new Promise((resolve) => socket.send(data, () => resolve())),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data) =>
          handle(String(data)).catch((error: unknown) => {
            log.error('request.failed', { part: 'http', ...errorFields(error) });
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          }),
        ),
    },
    extra,
  );
  socket.once('close', (code) => {
    clearInterval(pinging);
    clearTimeout(extra.idle);
    void closed(code, '');
  });
}

function protocolServer(
  app: FastifyInstance,
  { graphql, services, origins, log }: SocketOptions,
): Server<Extra> {
  const held = new SocketCounts();
  return makeServer<ConnectionParams, Extra>({
    schema: graphql.schema,
    connectionInitWaitTimeout: INIT_MS,
    jsonMessageReviver: (key, value) => (key === '' ? received(value) : value),
    async onConnect(connection) {
      const { extra, connectionParams } = connection;
      const { request, socket } = extra;
      const bearer = bearerOf(connectionParams?.authorization);
      const token = bearer ?? sessionCookie({ cookies: app.parseCookie(request.headers.cookie ?? '') });
      if (bearer === null && token !== null && isForeignPage(request.headers, origins)) {
        return refuse(socket, CloseCode.Forbidden, 'Forbidden');
      }
      let context: Context;
      try {
        context = await subscriberContext(services, token);
      } catch (error) {
        maskedServerError(error, log);
        return refuse(socket, TRY_AGAIN_LATER, 'Try again later');
      }
      if (socket.readyState !== socket.OPEN) return false;
      const { session } = context;
      if (session === null) return refuse(socket, CloseCode.Unauthorized, 'Unauthorized');
      if (!held.add(session.accountId)) return refuse(socket, TOO_MANY, 'Too many connections');
      extra.viewer = { accountId: session.accountId, token: token! };
      extra.idle = setTimeout(() => closeIdle(connection), IDLE_MS);
      return true;
    },
    async onSubscribe({ extra: { socket, viewer }, subscriptions }, _id, payload) {
      if (Object.keys(subscriptions).length > MOST_PER_SOCKET) return [tooManySubscriptions()];
      let context: Context;
      try {
        context = await subscriberContext(services, viewer!.token);
      } catch (error) {
        return [maskedServerError(error, log)];
      }
      if (context.session === null) {
        socket.close(CloseCode.Unauthorized, 'Unauthorized');
        return [unauthenticated()];
      }
      return prepareSubscription(graphql, payload, context);
    },
    onNext: (_connection, _id, _payload, _args, result) =>
      withMaskedErrors(graphql, result as ExecutionResult),
    onComplete: ({ extra }) => void extra.idle?.refresh(),
    onClose({ extra: { viewer } }) {
      if (viewer !== undefined) held.remove(viewer.accountId);
    },
  });
}

/** How many sockets each account has. */
class SocketCounts {
  private readonly counts = new Map<string, number>();

  /** False when the account has its maximum. */
  add(accountId: string): boolean {
    const count = this.counts.get(accountId) ?? 0;
    if (count >= MOST_PER_ACCOUNT) return false;
    this.counts.set(accountId, count + 1);
    return true;
  }

  remove(accountId: string): void {
    const count = this.counts.get(accountId)! - 1;
    if (count === 0) this.counts.delete(accountId);
    else this.counts.set(accountId, count);
  }
}

function refuse(socket: WebSocket, code: number, reason: string): false {
  socket.close(code, reason);
  return false;
}

function closeIdle({ extra: { socket, idle }, subscriptions }: LiveConnection): void {
  if (Object.keys(subscriptions).length === 0) socket.close(NORMAL, 'Nothing is watched');
  else idle?.refresh();
}

/**
 * A message as the library accepts it. The library requires the text of a document even where the document is named by its id,
 * and treats a message that only servers send as a bug of its own.
 */
function received(message: unknown): unknown {
  if (typeof message !== 'object' || message === null) return message;
  const { type, payload } = message as { type?: unknown; payload?: SubscriptionRequest | null };
  if (SERVER_MESSAGES.has(type)) throw new TypeError('a message that only servers send');
  const isNamed =
    type === MessageType.Subscribe &&
    (payload?.documentId !== undefined || payload?.extensions !== undefined);
  return isNamed ? { ...message, payload: { ...payload, query: payload.query ?? '' } } : message;
}
