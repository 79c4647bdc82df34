// Subscriptions over server-sent events, in the distinct connections mode of GraphQL over SSE: one subscription per stream. The
// next result is read when the one before has been sent, so that nothing piles up for a client that reads slowly.
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ExecutionResult, type FormattedExecutionResult, subscribe } from 'graphql';
import { sessionToken } from '../../http/credentials.js';
import { sendError, sendServerError } from '../../http/error-responses.js';
import type { Context } from '../context.js';
import { subscriberContext } from '../request-context.js';
import { prepareSubscription, type SubscriptionRequest, withMaskedErrors } from './prepare-subscription.js';
import type { SocketOptions } from './web-sockets.js';

const PATH = '/graphql/stream';
const EVENTS = 'text/event-stream';

/** Proxies close silent connections, many of them after a minute. */
const PING_MS = 15_000;

export function serveStreams(
  app: FastifyInstance,
  { graphql, services, log }: Omit<SocketOptions, 'origins'>,
): void {
  app.post(PATH, async (request, reply) => {
    if (!acceptsEvents(request.headers.accept)) {
      return sendError(
        reply,
        406,
        'BAD_REQUEST',
        `Send the header Accept: ${EVENTS}. The response is a stream of events.`,
      );
    }
    let context: Context;
    try {
      context = await subscriberContext(services, sessionToken(request));
    } catch (error) {
      return sendServerError(reply, error, log);
    }
    const prepared = prepareSubscription(graphql, requestOf(request.body), context);
    if (!('document' in prepared)) return reply.code(400).send({ errors: prepared });
    const outcome = await subscribe(prepared);
    const response = beginStream(reply);
    if (Symbol.asyncIterator in outcome) {
      await sendAll(response, outcome, (result) => withMaskedErrors(graphql, result));
    } else {
      await sendEvent(response, 'next', withMaskedErrors(graphql, outcome));
    }
    await sendEvent(response, 'complete', null);
    response.end();
    return reply;
  });
}

/** `Accept` (RFC 9110 section 12.5.1). There is one form to choose from, so its weights do not matter. */
function acceptsEvents(accept = '*/*'): boolean {
  const ranges = accept.toLowerCase().split(',');
  return ranges.some((range) => [EVENTS, 'text/*', '*/*'].includes(range.split(';')[0]!.trim()));
}

function requestOf(body: unknown): SubscriptionRequest {
  return typeof body === 'object' && body !== null ? body : {};
}

function beginStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  // `x-accel-buffering`: nginx would collect events before it passes them on.
  const headers = { 'content-type': `${EVENTS}; charset=utf-8`, 'x-accel-buffering': 'no' };
  reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
  return reply.raw;
}

/** Resolves when there are no more results, or the client is gone. */
async function sendAll(
  response: ServerResponse,
  results: AsyncGenerator<ExecutionResult, void, void>,
  masked: (result: ExecutionResult) => FormattedExecutionResult,
): Promise<void> {
  // A comment, by which clients know at once that the stream has begun.
  const ping = () => {
    if (response.writableLength === 0 && !response.destroyed) response.write(':\n\n');
  };
  ping();
  const pinging = setInterval(ping, PING_MS);
  response.once('close', () => void results.return());
  try {
    for await (const result of results) await sendEvent(response, 'next', masked(result));
  } finally {
    clearInterval(pinging);
  }
}

/** Resolves when the event has left this process, or the client is gone. */
function sendEvent(
  response: ServerResponse,
  event: 'next' | 'complete',
  data: FormattedExecutionResult | null,
): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.once('close', resolve);
    response.write(`event: ${event}\ndata: ${data === null ? '' : JSON.stringify(data)}\n\n`, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}
