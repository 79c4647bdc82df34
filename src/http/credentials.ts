// The tokens that a request presents: a bearer token or the session cookie.
import type { FastifyRequest } from 'fastify';
import { sessionCookie } from './cookies.js';

/** The session token, valid or not. A bearer token takes precedence over a cookie: a program sent it on purpose. */
export function sessionToken(request: FastifyRequest): string | null {
  return bearerToken(request) ?? sessionCookie(request);
}

/** RFC 6750 section 2.1. */
export function bearerToken({ headers }: FastifyRequest): string | null {
  return bearerOf(headers.authorization);
}

/** The token of an `authorization` whose form has not been checked. */
export function bearerOf(authorization: unknown): string | null {
  return typeof authorization === 'string' ? (/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null) : null;
}
