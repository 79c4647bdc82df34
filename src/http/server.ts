// The HTTP server: /graphql, /livez, /routez, what is said of privacy control, and where marketing mails lead. Nobody may
// store an answer or take it for something else, and those to programs are coded JSON.
import cookie from '@fastify/cookie';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Registry } from 'prom-client';
import type { Route } from '../app/capability.js';
import type { Services } from '../app/services.js';
import type { GatewayConfig } from '../config/gateway.js';
import type { Context } from '../graphql/context.js';
import { graphqlEndpoint } from '../graphql/endpoint.js';
import { graphiqlFor } from '../graphql/graphiql.js';
import { bearerToken, nodeContext, requestContext } from '../graphql/request-context.js';
import type { GraphqlServer } from '../graphql/server.js';
import { asksForSocket } from '../graphql/subscriptions/web-sockets.js';
import { isUnavailable } from '../runtime/availability.js';
import type { RoutingCheck } from '../runtime/health.js';
import { errorFields, type Logger } from '../runtime/log.js';
import type { ReportingNode } from '../services/usage/vpn-nodes.js';
import { answer, answerContextError, answerError, contextError } from './error-responses.js';
import { countFailures } from './failure-counter.js';
import { answerClientError, refuseUnreadable, serverLimits } from './malformed-requests.js';
import { type AllowedOrigins, guardOrigins } from './origins.js';
import { nameSources, trusting } from './source-address.js';

const BODY_LIMIT = 128 * 1024;
/** A report of as many rows as there may be has about 8 MB. */
const NODE_BODY_LIMIT = 16 * 1024 * 1024;

/** Where VPN nodes report. */
const NODE_PATH = '/graphql/vpn-node';

/** The support resource of Global Privacy Control (https://www.w3.org/TR/gpc/); the day is that of the statement. */
const PRIVACY_CONTROL_SUPPORT = { gpc: true, lastUpdate: '2026-11-23' };

export async function createApp(options: {
  graphql: GraphqlServer;
  services: Services;
  /** Endpoints of capabilities. */
  routes: readonly Route[];
  routing: RoutingCheck;
  config: Pick<GatewayConfig, 'trustedProxies' | 'requestMs' | 'production'>;
  origins: AllowedOrigins;
  log: Logger;
  registry: Registry;
}): Promise<FastifyInstance> {
  const { graphql, services, routing, log } = options;
  const { trustedProxies, requestMs, production } = options.config;
  const app = fastify({
    // Fastify's log lines hold the URL and the remote address.
    logger: false,
    trustProxy: trusting(trustedProxies),
    bodyLimit: BODY_LIMIT,
    http: { ...serverLimits(requestMs), shouldUpgradeCallback: asksForSocket },
    requestTimeout: requestMs,
    clientErrorHandler: answerClientError,
    connectionTimeout: 60_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    // No hook runs before these.
    frameworkErrors: (error, _request, reply) => answerError(error, restrictUse(reply), log),
  });
  countFailures(app, options.registry);
  nameSources(app, log);
  app.removeContentTypeParser('text/plain');
  await app.register(cookie);

  app.addHook('onRequest', (_request, reply, done) => {
    restrictUse(reply);
    done();
  });
  refuseUnreadable(app);
  await guardOrigins(app, options.origins);
  app.setErrorHandler<FastifyError>((error, _request, reply) => answerError(error, reply, log));
  app.setNotFoundHandler((_request, reply) => answer(reply, 404, 'NOT_FOUND', 'There is nothing here.'));

  const endpoint = graphqlEndpoint(graphql, async (request, reply) => {
    try {
      const context = await requestContext(request, reply, services);
      await recordUse(context, log);
      return context;
    } catch (error) {
      const told = contextError(error, log);
      if (isUnavailable(error)) told.extensions.http = { status: 503 };
      throw told;
    }
  });
  app.post('/graphql', endpoint);
  const graphiql = production ? null : graphiqlFor('/graphql');
  serveNodes(app, { graphql, services, log });
  for (const url of ['/graphql', NODE_PATH]) {
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE'],
      url,
      handler: ({ method, headers }, reply) => {
        const wantsPage = url === '/graphql' && method === 'GET' && headers.accept?.includes('text/html');
        if (wantsPage && graphiql !== null) return graphiql(reply);
        reply.header('allow', 'POST');
        return answer(reply, 405, 'METHOD_NOT_ALLOWED', 'Send GraphQL requests with POST.');
      },
    });
  }
  app.get('/.well-known/gpc.json', async () => PRIVACY_CONTROL_SUPPORT);
  for (const serve of options.routes) serve(app, log);
  app.get('/livez', async () => 'ok\n');
  // `/readyz` names what is away, and asks the stores: it is for the operator's port alone.
  app.get('/routez', async (_request, reply) => {
    const result = routing();
    return reply.code(result === 'ok' ? 200 : 503).send(`${result}\n`);
  });
  return app;
}

/** The same API for VPN nodes, whose reports are large: nothing of one is read before the node has shown its token. */
function serveNodes(
  app: FastifyInstance,
  { graphql, services, log }: { graphql: GraphqlServer; services: Services; log: Logger },
): void {
  const nodes = new WeakMap<FastifyRequest, ReportingNode>();
  app.post(NODE_PATH, {
    bodyLimit: NODE_BODY_LIMIT,
    onRequest: async (request, reply) => {
      const token = bearerToken(request);
      try {
        const node = token === null ? null : await services.vpnNodes.find(token);
        if (node !== null) nodes.set(request, node);
        else return answer(reply, 401, 'UNAUTHENTICATED', 'Send the token of a VPN node.');
      } catch (error) {
        return answerContextError(reply, error, log);
      }
    },
    handler: graphqlEndpoint(graphql, async (request, reply) =>
      nodeContext(request, reply, services, nodes.get(request)!),
    ),
  });
}

function restrictUse(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
}

/** Not being able to record that the policy applies is no reason to turn anybody away: the next request tries again. */
async function recordUse({ services, token, session }: Context, log: Logger): Promise<void> {
  if (token === null || session === null) return;
  try {
    await services.policy.recordUse(token, session);
  } catch (error) {
    log.warn('acceptance.failed', { part: 'policy', ...errorFields(error) });
  }
}
