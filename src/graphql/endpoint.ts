// One GraphQL endpoint over HTTP. An operation that has been served before runs at once; what is new or faulty, or fails, is
// left to Apollo Server, which parses and validates, and tells errors.
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { GraphQLError, type OperationTypeNode } from 'graphql';
import { answer } from '../http/error-responses.js';
import type { Context } from './context.js';
import { documentFault } from './document-errors.js';
import { dropPersistedQuery } from './documents/listed-operations.js';
import { limitFault } from './documents/parse-document.js';
import type { ErrorCode } from './error-codes.js';
import { resume } from './executed-result.js';
import type { Execution } from './execution/plan.js';
import type { KnownOperations } from './execution/plan-cache.js';
import type { GraphqlServer } from './server.js';

/** Values of `Accept` whose answer is remembered, and how long each may be; anyone who makes up others is served by Apollo. */
const MAX_ACCEPTED = 256;
const MAX_ACCEPT_CHARACTERS = 256;

/** A request's JSON (GraphQL over HTTP, section 5.1), of which nothing is known yet. */
interface Body {
  query?: unknown;
  readonly documentId?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  extensions?: unknown;
}

interface KnownOperation {
  readonly type: OperationTypeNode;
  readonly execute: Execution<Context>;
}

/** `createContext`: rejects with a coded error. */
export function graphqlEndpoint(
  graphql: GraphqlServer,
  createContext: (request: FastifyRequest, reply: FastifyReply) => Promise<Context>,
): RouteHandlerMethod {
  const { known, metrics } = graphql;
  /** Of requests that Apollo goes on with. */
  const contexts = new WeakMap<FastifyRequest, Promise<Context>>();
  const byApollo = fastifyApolloHandler(graphql.apollo, {
    context: (request, reply) => contexts.get(request) ?? createContext(request, reply),
  });
  /** `Accept` → the content type that Apollo answered with. */
  const accepted = new Map<string, string>();

  /** The answer of an operation that is known and goes well; null when it is Apollo's. */
  async function atOnce(
    request: FastifyRequest,
    reply: FastifyReply,
    { type, execute }: KnownOperation,
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
    resume(context, { result, begun });
    return null;
  }

  async function throughApollo(this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
    const sent = await byApollo.call(this, request, reply);
    const { accept = '' } = request.headers;
    if (reply.statusCode === 200 && accept.length <= MAX_ACCEPT_CHARACTERS) {
      const [oldest] = accepted.keys();
      if (accepted.size === MAX_ACCEPTED && oldest !== undefined) accepted.delete(oldest);
      accepted.set(accept, String(reply.getHeader('content-type')));
    }
    return sent;
  }

  return async function handle(request, reply) {
    const { body } = request;
    if (!isBody(body)) return throughApollo.call(this, request, reply);
    const fault = admit(graphql, body);
    if (fault !== null) {
      metrics.requests.refused(metrics.requests.begin());
      const { status, contentType } = documentFault(request.headers.accept);
      reply.header('content-type', contentType);
      return answer(reply, status, fault.extensions.code as ErrorCode, fault.message);
    }
    const contentType = accepted.get(request.headers.accept ?? '');
    const operation = contentType === undefined ? null : knownOperation(known, body);
    const text = operation === null ? null : await atOnce(request, reply, operation);
    if (text === null) return throughApollo.call(this, request, reply);
    reply.header('content-type', contentType);
    return text;
  };
}

function isBody(body: unknown): body is Body {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** Puts the text of a document that was asked for by its id into the body; what is wrong with it otherwise. */
function admit({ schema, known, served }: GraphqlServer, body: Body): GraphQLError | null {
  try {
    const text = served.textOf(body);
    if (typeof text !== 'string') return null;
    body.query = text;
    dropPersistedQuery(body);
    return known.has(text) ? null : limitFault(schema, text);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function knownOperation(
  known: KnownOperations<Context>,
  { query, operationName, variables, extensions }: Body,
): KnownOperation | null {
  if (typeof query !== 'string' || extensions != null) return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  if (variables != null && !isVariables(variables)) return null;
  const plan = known.find(query, operationName ?? undefined);
  const execute = plan?.prepare(variables ?? {});
  return plan !== undefined && typeof execute === 'function' ? { type: plan.type, execute } : null;
}

function isVariables(variables: unknown): variables is Readonly<Record<string, unknown>> {
  return typeof variables === 'object' && variables !== null && !Array.isArray(variables);
}
