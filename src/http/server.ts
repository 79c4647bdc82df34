// The HTTP server: limits, allowed origins, error responses and plain endpoints. Every other route is handed over by a capability.
// No response may be stored or interpreted as another type.
import type { IncomingMessage } from 'node:http';
import cookie from '@fastify/cookie';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import type { GatewayConfig } from '../config/gateway.js';
import type { RoutingCheck } from '../runtime/health.js';
import type { Logger } from '../runtime/log.js';
import { answerConnectivityChecks } from './connectivity-checks.js';
import { sendError, sendFastifyError } from './error-responses.js';
import { countFailures } from './failure-counter.js';
import { BODY_BYTES, serverLimits } from './limits.js';
import { handleClientError, refuseMalformed } from './malformed-requests.js';
import { type AllowedOrigins, guardOrigins } from './origins.js';
import { servePlainEndpoints } from './plain-endpoints.js';
import { addSourceAddress, trusting } from './source-address.js';

/** Adds routes to the server, each with its body limit of limits.ts. `log` writes one line for each outage. */
export type Route = (app: FastifyInstance, log: Logger) => void;

export async function createHttpServer(options: {
  readonly routes: readonly Route[];
  /** Whether a request may switch to another protocol. Any other upgrade is ignored, and the request answered over HTTP. */
  readonly acceptsUpgrade: (request: IncomingMessage) => boolean;
  /** Whether a target that Node refuses, such as one without a slash, is served when it has been repaired. */
  readonly isMeant: (target: string) => boolean;
  readonly routing: RoutingCheck;
  readonly config: Pick<GatewayConfig, 'trustedProxies' | 'requestMs' | 'portalUrl'>;
  readonly origins: AllowedOrigins;
  readonly log: Logger;
  readonly registry: Registry;
}): Promise<FastifyInstance> {
  const { routes, acceptsUpgrade, isMeant, routing, origins, log, registry } = options;
  const { trustedProxies, requestMs, portalUrl } = options.config;
  const app = fastify({
    // Fastify's log lines hold the URL and the remote address.
    logger: false,
    trustProxy: trusting(trustedProxies),
    bodyLimit: BODY_BYTES.ordinary,
    http: { ...serverLimits(requestMs), shouldUpgradeCallback: acceptsUpgrade },
    requestTimeout: requestMs,
    clientErrorHandler: (error, socket) => handleClientError(error, socket, app.server, isMeant),
    connectionTimeout: 60_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    // No hook runs before these errors.
    frameworkErrors: (error, _request, reply) => sendFastifyError(error, restrictUse(reply), log),
  });
  countFailures(app, registry);
  addSourceAddress(app, log);
  app.removeContentTypeParser('text/plain');
  await app.register(cookie);
  app.addHook('onRequest', (_request, reply, done) => {
    restrictUse(reply);
    done();
  });
  refuseMalformed(app);
  answerConnectivityChecks(app, portalUrl);
  await guardOrigins(app, origins);
  app.setErrorHandler<FastifyError>((error, _request, reply) => sendFastifyError(error, reply, log));
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404, 'NOT_FOUND', 'There is nothing here.'));
  servePlainEndpoints(app, routing);
  for (const addRoute of routes) addRoute(app, log);
  return app;
}

function restrictUse(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
}
