// Error responses: what no operation gives, because the HTTP request itself fails. They have the form that GraphQL clients read.
import type { FastifyError, FastifyReply } from 'fastify';
import type { ErrorCode, UserErrorCode } from '../lib/error-codes.js';
import { isUnavailable } from '../runtime/availability.js';
import { errorFields, type Logger } from '../runtime/log.js';

/** An error of the server as clients may see it. Only the log states more. */
export interface ServerError {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

export const UNAVAILABLE = {
  status: 503,
  code: 'SERVICE_UNAVAILABLE',
  message: 'The service is not available at the moment. Try again later.',
} as const satisfies ServerError;

export const UNEXPECTED = {
  status: 500,
  code: 'INTERNAL_SERVER_ERROR',
  message: 'Something went wrong on our side.',
} as const satisfies ServerError;

/** Logs the error as `request.failed`, and masks it. */
export function serverError(error: unknown, log: Logger): ServerError {
  const fields = { part: 'http', ...errorFields(error) } as const;
  if (isUnavailable(error)) {
    log.warn('request.failed', fields);
    return UNAVAILABLE;
  }
  log.error('request.failed', fields);
  return UNEXPECTED;
}

/** The JSON body of a response with one error. */
export function errorBody(code: ErrorCode | UserErrorCode, message: string): object {
  return { errors: [{ message, extensions: { code } }] };
}

export function sendError(
  reply: FastifyReply,
  status: number,
  code: ErrorCode | UserErrorCode,
  message: string,
): FastifyReply {
  return reply.code(status).send(errorBody(code, message));
}

export function sendServerError(reply: FastifyReply, error: unknown, log: Logger): FastifyReply {
  const { status, code, message } = serverError(error, log);
  return sendError(reply, status, code, message);
}

/** Answers an error that Fastify throws: one of the client by its cause, any other masked. */
export function sendFastifyError(error: FastifyError, reply: FastifyReply, log: Logger): FastifyReply {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return sendError(reply, 413, 'REQUEST_TOO_LARGE', 'The request body is too large.');
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return sendError(reply, 415, 'BAD_REQUEST', 'Send the request as application/json.');
  }
  // ERR_INVALID_URL: the Host header is invalid.
  if ((error.statusCode ?? 500) < 500 || error.code === 'ERR_INVALID_URL') {
    return sendError(reply, 400, 'BAD_REQUEST', 'The request cannot be read.');
  }
  return sendServerError(reply, error, log);
}
