// The request and execution errors of the API: each has a code of src/lib/error-codes.ts, and no message repeats a value of the request.
import { GraphQLError } from 'graphql';
import type { Role } from '../entities/account/account.js';
import { type ServerError, serverError, UNAVAILABLE, UNEXPECTED } from '../http/error-responses.js';
import type { ErrorCode } from '../lib/error-codes.js';
import type { Logger } from '../runtime/log.js';

export function unauthenticated(): GraphQLError {
  return coded('UNAUTHENTICATED', 'Sign in first.');
}

/** `roles`: the roles of staff that may do it. Without one, no person may. */
export function forbidden(roles: readonly Role[] = []): GraphQLError {
  const allowed = roles.join(' or ');
  const message =
    allowed === '' ? 'This account may not do this.' : `This requires an account with the role ${allowed}.`;
  return coded('FORBIDDEN', message);
}

/** A frontend calls `stepUp`, and repeats the request with the token that it returns. */
export function stepUpRequired(): GraphQLError {
  return coded(
    'STEP_UP_REQUIRED',
    'Show a factor again: call stepUp, and send its token as the header Step-Up-Token.',
  );
}

export function secondFactorRequired(): GraphQLError {
  return coded('SECOND_FACTOR_REQUIRED', 'Staff must sign in with a second factor to do this.');
}

/** `argument`: the invalid argument, with a dotted path into it when it is an object, such as `input.delivery`. */
export function badInput(message: string, argument?: string): GraphQLError {
  const extensions = { code: 'BAD_USER_INPUT', ...(argument !== undefined && { argument }) };
  return new GraphQLError(message, { extensions });
}

export function serviceUnavailable(): GraphQLError {
  return masked(UNAVAILABLE);
}

export function internalError(): GraphQLError {
  return masked(UNEXPECTED);
}

/** Logs an error of the server, and returns the one that clients may see. */
export function maskedServerError(error: unknown, log: Logger): GraphQLError {
  return masked(serverError(error, log));
}

function masked({ code, message }: ServerError): GraphQLError {
  return coded(code, message);
}

export function tooManySubscriptions(): GraphQLError {
  return coded('TOO_MANY_SUBSCRIPTIONS', 'This account has the maximum number of subscriptions.');
}

function coded(code: ErrorCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
