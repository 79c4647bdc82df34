// Subscriptions over server-sent events, in the distinct connections mode of GraphQL over SSE: each stream carries one. The
// next result is asked for when the one before has been taken, so that nothing piles up for whoever reads slowly.
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ExecutionResult, type FormattedExecutionResult, subscribe } from 'graphql';
import { answer, answerContextError } from '../../http/error-responses.js';
import type { Context } from '../context.js';
import { presentedToken, watchingContext } from '../request-context.js';
import type { LiveOptions } from './live-updates.js';
import { admitSubscription, type SubscriptionRequest, tellingErrors } from './prepare-subscription.js';

const PATH = '/graphql/stream';
const EVENTS = 'text/event-stream';

/** Proxies end connections on which nothing passes, many of them after a minute. */
const PING_MS = 15_000;

export function serveStreams(app: FastifyInstance, { graphql, services, log }: LiveOptions): void {
  app.post(PATH, async (request, reply) => {
    if (!acceptsEvents(request.headers.accept)) {
      return answer(reply, 406, 'BAD_REQUEST', `Accept ${EVENTS}: the answer is a stream of events.`);
    }
    let context: Context;
    try {
      context = await watchingContext(services, presentedToken(request));
    } catch (error) {
      return answerContextError(reply, error, log);
    }
    const admitted = admitSubscription(graphql, asked(request.body), context);
    if (!('document' in admitted)) return reply.code(400).send({ errors: admitted });
    const outcome = await subscribe(admitted);
    const response = begun(reply);
    if (Symbol.asyncIterator in outcome) {
      await tellAll(response, outcome, (result) => tellingErrors(graphql, result));
    } else {
      await tell(response, 'next', tellingErrors(graphql, outcome));
    }
    await tell(response, 'complete', null);
    response.end();
    return reply;
  });
}

/** `Accept` (RFC 9110 section 12.5.1); its weights decide nothing where there is one form to choose. */
function acceptsEvents(accept = '*/*'): boolean {
  const ranges = accept.toLowerCase().split(',');
  return ranges.some((range) => [EVENTS, 'text/*', '*/*'].includes(range.split(';')[0]!.trim()));
}

function asked(body: unknown): SubscriptionRequest {
  return typeof body === 'object' && body !== null ? body : {};
}

function begun(reply: FastifyReply): ServerResponse {
  reply.hijack();
  // `x-accel-buffering`: nginx would keep events until it has many of them.
  const headers = { 'content-type': `${EVENTS}; charset=utf-8`, 'x-accel-buffering': 'no' };
  reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
  return reply.raw;
}

/** Resolves when there are no more results, or nobody reads any more. */
async function tellAll(
  response: ServerResponse,
  results: AsyncGenerator<ExecutionResult, void, void>,
  told: (result: ExecutionResult) => FormattedExecutionResult,
): Promise<void> {
  // A comment, which tells clients at once that the stream has begun.
  const ping = () => {
    if (response.writableLength === 0 && !response.destroyed) response.write(':\n\n');
  };
  ping();
  const pinging = setInterval(ping, PING_MS);
  response.once('close', () => void results.return());
  try {
    for await (const result of results) await tell(response, 'next', told(result));
  } finally {
    clearInterval(pinging);
  }
}

/** Resolves when the event has left this process, or whoever read is gone. */
function tell(
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
