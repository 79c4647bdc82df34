// The GraphQL endpoint over HTTP. An operation that has been served before runs at once. New and invalid ones go to Apollo Server,
// which parses and validates, and so do results with errors, which Apollo formats.
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { GraphQLError, type OperationTypeNode } from 'graphql';
import { sendError } from '../http/error-responses.js';
import type { ErrorCode } from '../lib/error-codes.js';
import type { Context } from './context.js';
import { documentErrorResponse } from './document-errors.js';
import { dropPersistedQuery } from './documents/listed-operations.js';
import { limitError } from './documents/parse-document.js';
import { attachResult } from './executed-result.js';
import type { Execution } from './execution/plan.js';
import type { PlanCache } from './execution/plan-cache.js';
import type { GraphqlServer } from './server.js';

/** How many values of `Accept` are remembered, and how long each may be. Apollo serves requests with any other. */
const MAX_ACCEPTED = 256;
const MAX_ACCEPT_CHARACTERS = 256;

/** A request's JSON (GraphQL over HTTP, section 5.1). Its form has not been checked. */
interface Body {
  query?: unknown;
  readonly documentId?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  extensions?: unknown;
}

interface PlannedOperation {
  readonly type: OperationTypeNode;
  readonly execute: Execution<Context>;
}

/** `createContext` rejects with a coded error. */
export function graphqlEndpoint(
  graphql: GraphqlServer,
  createContext: (request: FastifyRequest, reply: FastifyReply) => Promise<Context>,
): RouteHandlerMethod {
  const { plans, metrics } = graphql;
  /** The contexts of requests that Apollo continues. */
  const contexts = new WeakMap<FastifyRequest, Promise<Context>>();
  const byApollo = fastifyApolloHandler(graphql.apollo, {
    context: (request, reply) => contexts.get(request) ?? createContext(request, reply),
  });
  /** `Accept` → the content type of Apollo's response to it. */
  const contentTypes = new Map<string, string>();

  /** The response of an operation that has a plan and succeeds. Null when Apollo has to go on. */
  async function runAtOnce(
    request: FastifyRequest,
    reply: FastifyReply,
    { type, execute }: PlannedOperation,
  ): Promise<string | null> {
    const begun = metrics.requests.begin();
    const creating = createContext(request, reply);
    let context: Context;
    try {
      context = await creating;
    } catch {
      contexts.set(request, creating);
      return null;
    }
    const result = await execute(context);
    if (result.errors === undefined) {
      metrics.requests.answered(type, begun);
      return `${JSON.stringify(result)}\n`;
    }
    contexts.set(request, creating);
    attachResult(context, { result, begun });
    return null;
  }

  async function throughApollo(this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
    const sent = await byApollo.call(this, request, reply);
    const { accept = '' } = request.headers;
    if (reply.statusCode === 200 && accept.length <= MAX_ACCEPT_CHARACTERS) {
      const [oldest] = contentTypes.keys();
      if (contentTypes.size === MAX_ACCEPTED && oldest !== undefined) contentTypes.delete(oldest);
      contentTypes.set(accept, String(reply.getHeader('content-type')));
    }
    return sent;
  }

  return async function handle(request, reply) {
    const { body } = request;
    if (!isBody(body)) return throughApollo.call(this, request, reply);
    const error = resolveDocument(graphql, body);
    if (error !== null) {
      metrics.requests.refused(metrics.requests.begin());
      const { status, contentType } = documentErrorResponse(request.headers.accept);
      reply.header('content-type', contentType);
      return sendError(reply, status, error.extensions.code as ErrorCode, error.message);
    }
    const contentType = contentTypes.get(request.headers.accept ?? '');
    const operation = contentType === undefined ? null : plannedOperation(plans, body);
    const text = operation === null ? null : await runAtOnce(request, reply, operation);
    if (text === null) return throughApollo.call(this, request, reply);
    reply.header('content-type', contentType);
    return text;
  };
}

function isBody(body: unknown): body is Body {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** Puts the text of the listed operation that the request names into the body. Returns the error of one that may not be run. */
function resolveDocument({ schema, plans, listed }: GraphqlServer, body: Body): GraphQLError | null {
  try {
    const text = listed.textOf(body);
    if (typeof text !== 'string') return null;
    body.query = text;
    dropPersistedQuery(body);
    return plans.has(text) ? null : limitError(schema, text);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function plannedOperation(
  plans: PlanCache<Context>,
  { query, operationName, variables, extensions }: Body,
): PlannedOperation | null {
  if (typeof query !== 'string' || extensions != null) return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  if (variables != null && !isVariables(variables)) return null;
  const plan = plans.find(query, operationName ?? undefined);
  const execute = plan?.prepare(variables ?? {});
  return plan !== undefined && typeof execute === 'function' ? { type: plan.type, execute } : null;
}

function isVariables(variables: unknown): variables is Readonly<Record<string, unknown>> {
  return typeof variables === 'object' && variables !== null && !Array.isArray(variables);
}
