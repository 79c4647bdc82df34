// Reads who is calling and from where, once per request: session token, session, source address.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseAddress } from '../allowlist/address.js';
import type { Context } from '../schema/context.js';
import type { Services } from '../services/services.js';
import type { NewSession } from '../services/session.js';

/** The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2). */
const COOKIE = '__Host-session';
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const;

/** Rejects with the store's error when a token cannot be looked up. */
export async function requestContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<Context> {
  const token = presentedToken(request);
  const stepUpToken = request.headers['step-up-token'];
  return {
    services,
    token,
    session: token === null ? null : await services.session.find(token),
    hasFreshFactor:
      token !== null && typeof stepUpToken === 'string' && services.stepUp.isFresh(token, stepUpToken),
    globalPrivacyControl: request.headers['sec-gpc'] === '1',
    // Fastify takes it from X-Forwarded-For only as far as trusted proxies vouch for it.
    sourceAddress: parseAddress(request.ip),
    setSessionCookie(session: NewSession | null) {
      if (session === null) reply.clearCookie(COOKIE, ATTRIBUTES);
      else reply.setCookie(COOKIE, session.token, { ...ATTRIBUTES, expires: session.expires });
    },
  };
}

/** A bearer token (RFC 6750 section 2.1) stands before a cookie: a program sent it on purpose. */
function presentedToken({ headers, cookies }: FastifyRequest): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  return bearer ?? cookies[COOKIE] ?? null;
}
