// Live updates: subscriptions over WebSocket (graphql-transport-ws) at /graphql, and over server-sent events at /graphql/stream.
// Whoever comes with a cookie must come from the portal: browsers send cookies to wherever a foreign page asks.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { OperationArgs, Response } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { type Disposable, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Context } from '../schema/context.js';
import type { Services } from '../services/services.js';
import { sessionCookie } from './cookies.js';
import type { GraphqlServer } from './graphql.js';
import { isForeignPage } from './origins.js';
import { bearerOf, presentedToken, watchingContext } from './request-context.js';
import { admitSubscription } from './subscriptions.js';

const PATH = '/graphql';
const STREAM_PATH = '/graphql/stream';
const MOST_OCTETS = 128 * 1024;
const INIT_MS = 3000;
/** A connection that answers no ping by the next one is gone. */
const PING_MS = 15_000;
const MOST_PER_SOCKET = 10;
const MOST_SOCKETS = 10_000;

/** Close codes of the subprotocol. */
const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;
const TOO_MANY = 4429;
/** Close code of WebSocket (IANA registry): a store is away. */
const TRY_AGAIN_LATER = 1013;

/** Whether a request to switch protocols is one of ours; any other is answered in the protocol that it came by. */
export function asksForSocket({ url, headers }: IncomingMessage): boolean {
  return url === PATH && headers.upgrade?.toLowerCase() === 'websocket';
}

export interface Live {
  /** Ends every subscription: streams with the last event, sockets as a server does that goes away. */
  end(): Promise<void>;
}

/** `origins`: of the pages that may come with a cookie, beside the gateway's own. Call this before the app listens. */
export function serveLive(
  app: FastifyInstance,
  options: { graphql: GraphqlServer; services: Services; origins: readonly string[] },
): Live {
  const sockets = serveSockets(app, options);
  serveStreams(app, options);
  return {
    async end() {
      options.services.live.end();
      await sockets.dispose();
    },
  };
}

function serveSockets(
  app: FastifyInstance,
  { graphql, services, origins }: { graphql: GraphqlServer; services: Services; origins: readonly string[] },
): Disposable {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_OCTETS,
    handleProtocols: (offered) =>
      offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
  const server = useServer<{ authorization?: unknown }, { context?: Context }>(
    {
      schema: graphql.schema,
      connectionInitWaitTimeout: INIT_MS,
      async onConnect(connection) {
        const { request, socket } = connection.extra;
        const bearer = bearerOf(connection.connectionParams?.authorization);
        const token = bearer ?? sessionCookie({ cookies: app.parseCookie(request.headers.cookie ?? '') });
        if (bearer === null && token !== null && isForeignPage(request.headers, origins)) {
          socket.close(FORBIDDEN, 'Forbidden');
          return false;
        }
        try {
          const context = await watchingContext(services, token);
          connection.extra.context = context;
          if (context.session !== null) return true;
          socket.close(UNAUTHORIZED, 'Unauthorized');
          return false;
        } catch {
          // The library would write the error to the console.
          socket.close(TRY_AGAIN_LATER, 'Try again later');
          return false;
        }
      },
      onSubscribe(connection, _id, payload) {
        if (Object.keys(connection.subscriptions).length > MOST_PER_SOCKET) {
          connection.extra.socket.close(TOO_MANY, 'Too many subscriptions');
          return [];
        }
        return admitSubscription(graphql, payload, connection.extra.context!);
      },
      onNext: (_connection, _id, _payload, _args, result) => {
        const { errors, ...rest } = tellingErrors(graphql, result as ExecutionResult);
        return errors === undefined ? rest : { ...rest, errors: errors.map((error) => error.toJSON()) };
      },
      isProd: true,
    },
    sockets,
    PING_MS,
  );
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (sockets.clients.size >= MOST_SOCKETS) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  return server;
}

function serveStreams(
  app: FastifyInstance,
  { graphql, services }: { graphql: GraphqlServer; services: Services },
): void {
  const handle = createHandler({
    schema: graphql.schema,
    // There are no reserved streams: each connection carries one subscription.
    authenticate: () => '',
    async onSubscribe(request, parameters) {
      const context = await watchingContext(services, presentedToken(request.raw as FastifyRequest));
      const admitted = admitSubscription(graphql, parameters, context);
      return Array.isArray(admitted) ? refusal(admitted) : (admitted as OperationArgs<never>);
    },
    onNext: (_context, _request, result) => tellingErrors(graphql, result as ExecutionResult),
  });
  app.post(STREAM_PATH, (request, reply) => handle(request, reply));
}

function refusal(errors: readonly GraphQLError[]): Response {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return [JSON.stringify({ errors }), { status: 400, statusText: 'Bad Request', headers }];
}

function tellingErrors({ told }: GraphqlServer, { errors, ...result }: ExecutionResult): ExecutionResult {
  return errors === undefined ? result : { ...result, errors: errors.map(told) };
}
