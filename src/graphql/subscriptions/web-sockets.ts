// Subscriptions over WebSocket in the subprotocol graphql-transport-ws, many on one socket. Whoever comes with a cookie must
// come from the portal: browsers send cookies to wherever a foreign page asks. A socket is for those who watch something.
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
import { contextError } from '../../http/error-responses.js';
import { isForeignPage } from '../../http/origins.js';
import { errorFields, type Logger } from '../../runtime/log.js';
import type { Watcher } from '../../services/live/live.js';
import type { Context } from '../context.js';
import { tooManySubscriptions, unauthenticated } from '../errors.js';
import { bearerOf, watchingContext } from '../request-context.js';
import type { LiveOptions } from './live-updates.js';
import { admitSubscription, type SubscriptionRequest, tellingErrors } from './prepare-subscription.js';

const PATH = '/graphql';
const MOST_BYTES = 128 * 1024;
const INIT_MS = 3000;
/** A connection that answers no ping by the next one is gone. */
const PING_MS = 15_000;
/** For so long a socket may be open on which nothing is watched. */
const IDLE_MS = 60_000;
const MOST_PER_SOCKET = 10;
/** More than an account may watch, so that whoever watches too much is told so, and not merely cut off. */
const MOST_PER_ACCOUNT = 40;
const MOST_SOCKETS = 10_000;
/** For so long a peer may take to answer a close. */
const CLOSE_MS = 1000;

/** Close codes of WebSocket (RFC 6455 section 7.4.1, and the registry of IANA). */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
/** In the way of the subprotocol's own codes: RFC 6585, section 4. */
const TOO_MANY = 4429;

const SENT_BY_SERVERS: ReadonlySet<unknown> = new Set([
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
  /** From the acknowledgement on. */
  viewer?: Watcher;
  idle?: NodeJS.Timeout;
}

type LiveConnection = Connection<ConnectionParams, Extra>;

/** Whether a request to switch protocols is one of ours; any other is answered in the protocol that it came by. */
export function asksForSocket({ url, headers }: IncomingMessage): boolean {
  return url === PATH && headers.upgrade?.toLowerCase() === 'websocket';
}

export function serveSockets(app: FastifyInstance, options: LiveOptions): { end(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_BYTES,
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
      // Whoever comes now is refused.
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

/** Bytes of one socket to and from the subprotocol. */
function carry(server: Server<Extra>, extra: Extra, log: Logger): void {
  const { socket } = extra;
  let heard = true;
  const pinging = setInterval(() => {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
  }, PING_MS);
  socket.on('pong', () => {
    heard = true;
  });
  // The peer's fault, such as a message that is too large; the socket closes with a code that says so.
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
  { graphql, services, origins, log }: LiveOptions,
): Server<Extra> {
  const held = new Holders();
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
        context = await watchingContext(services, token);
      } catch (error) {
        contextError(error, log);
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
        context = await watchingContext(services, viewer!.token);
      } catch (error) {
        return [contextError(error, log)];
      }
      if (context.session === null) {
        socket.close(CloseCode.Unauthorized, 'Unauthorized');
        return [unauthenticated()];
      }
      return admitSubscription(graphql, payload, context);
    },
    onNext: (_connection, _id, _payload, _args, result) => tellingErrors(graphql, result as ExecutionResult),
    onComplete: ({ extra }) => void extra.idle?.refresh(),
    onClose({ extra: { viewer } }) {
      if (viewer !== undefined) held.remove(viewer.accountId);
    },
  });
}

/** How many sockets each account has. */
class Holders {
  private readonly counts = new Map<string, number>();

  /** False when the account has as many as one may have. */
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
 * A message as the library takes it: it wants the text of a document even where the document is named by its id, and takes
 * what only servers send for a fault of its own.
 */
function received(message: unknown): unknown {
  if (typeof message !== 'object' || message === null) return message;
  const { type, payload } = message as { type?: unknown; payload?: SubscriptionRequest | null };
  if (SENT_BY_SERVERS.has(type)) throw new TypeError('a message that only servers send');
  const isNamed =
    type === MessageType.Subscribe &&
    (payload?.documentId !== undefined || payload?.extensions !== undefined);
  return isNamed ? { ...message, payload: { ...payload, query: payload.query ?? '' } } : message;
}
