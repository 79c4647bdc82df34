// The HTTP routes of GraphQL: /graphql for people, /graphql/vpn-node for VPN nodes, and GraphiQL in development.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearerToken } from '../http/credentials.js';
import { sendError, sendServerError } from '../http/error-responses.js';
import { BODY_BYTES } from '../http/limits.js';
import { isUnavailable } from '../runtime/availability.js';
import { errorFields, type Logger } from '../runtime/log.js';
import type { Services } from '../services/services.js';
import type { ReportingNode } from '../services/usage/vpn-nodes.js';
import type { Context } from './context.js';
import { graphqlEndpoint } from './endpoint.js';
import { maskedServerError } from './errors.js';
import { graphiqlFor } from './graphiql.js';
import { nodeContext, requestContext } from './request-context.js';
import type { GraphqlServer } from './server.js';

const PATH = '/graphql';

/** Where VPN nodes report. */
const NODE_PATH = '/graphql/vpn-node';

interface Parts {
  readonly graphql: GraphqlServer;
  readonly services: Services;
  readonly log: Logger;
}

export function serveGraphql(app: FastifyInstance, parts: Parts): void {
  servePeople(app, parts);
  serveVpnNodes(app, parts);
  const graphiql = parts.graphql.production ? null : graphiqlFor(PATH);
  for (const url of [PATH, NODE_PATH]) {
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE'],
      url,
      handler: ({ method, headers }, reply) => {
        const wantsPage = url === PATH && method === 'GET' && headers.accept?.includes('text/html');
        if (wantsPage && graphiql !== null) return graphiql(reply);
        reply.header('allow', 'POST');
        return sendError(reply, 405, 'METHOD_NOT_ALLOWED', 'Send GraphQL requests with POST.');
      },
    });
  }
}

function servePeople(app: FastifyInstance, { graphql, services, log }: Parts): void {
  const endpoint = graphqlEndpoint(graphql, async (request, reply) => {
    try {
      const context = await requestContext(request, reply, services);
      await recordUse(context, log);
      return context;
    } catch (error) {
      const masked = maskedServerError(error, log);
      if (isUnavailable(error)) masked.extensions.http = { status: 503 };
      throw masked;
    }
  });
  app.post(PATH, endpoint);
}

/** The same API for VPN nodes, whose reports are large: no body is read before the node has shown its token. */
function serveVpnNodes(app: FastifyInstance, { graphql, services, log }: Parts): void {
  const nodes = new WeakMap<FastifyRequest, ReportingNode>();
  app.post(NODE_PATH, {
    bodyLimit: BODY_BYTES.vpnNode,
    onRequest: async (request, reply) => {
      const token = bearerToken(request);
      try {
        const node = token === null ? null : await services.vpnNodes.find(token);
        if (node !== null) nodes.set(request, node);
        else return sendError(reply, 401, 'UNAUTHENTICATED', 'Send the token of a VPN node.');
      } catch (error) {
        return sendServerError(reply, error, log);
      }
    },
    handler: graphqlEndpoint(graphql, async (request, reply) =>
      nodeContext(request, reply, services, nodes.get(request)!),
    ),
  });
}

/** Records that the account accepts the policy by use. If that fails, the request goes on, and the next one tries again. */
async function recordUse({ services, token, session }: Context, log: Logger): Promise<void> {
  if (token === null || session === null) return;
  try {
    await services.policy.recordUse(token, session);
  } catch (error) {
    log.warn('acceptance.failed', { part: 'policy', ...errorFields(error) });
  }
}
