// Answers that no operation gives: what is wrong with a request, as a GraphQL client reads it.
import type { FastifyError, FastifyReply } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { ErrorCode } from '../graphql/error-codes.js';
import { internalError, serviceUnavailable } from '../graphql/errors.js';
import { isUnavailable } from '../runtime/availability.js';
import { errorFields, type Logger } from '../runtime/log.js';

/** What clients do wrong in HTTP, in our words; a store that is away; anything else is our fault, and masked. */
export function answerError(error: FastifyError, reply: FastifyReply, log: Logger): FastifyReply {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return answer(reply, 413, 'REQUEST_TOO_LARGE', 'The request body is too large.');
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return answer(reply, 415, 'BAD_REQUEST', 'Send the request as application/json.');
  }
  // ERR_INVALID_URL: a Host header that is none.
  if ((error.statusCode ?? 500) < 500 || error.code === 'ERR_INVALID_URL') {
    return answer(reply, 400, 'BAD_REQUEST', 'The request cannot be read.');
  }
  return answerContextError(reply, error, log);
}

export function answer(reply: FastifyReply, status: number, code: ErrorCode, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
}

/** What a client may know of an error of ours, of which the log says more: that a store is away, or nothing. */
export function contextError(error: unknown, log: Logger): GraphQLError {
  const fields = { part: 'http', ...errorFields(error) } as const;
  if (isUnavailable(error)) {
    log.warn('request.failed', fields);
    return serviceUnavailable();
  }
  log.error('request.failed', fields);
  return internalError();
}

export function answerContextError(reply: FastifyReply, error: unknown, log: Logger): FastifyReply {
  const { extensions, message } = contextError(error, log);
  return answer(reply, isUnavailable(error) ? 503 : 500, extensions.code as ErrorCode, message);
}
