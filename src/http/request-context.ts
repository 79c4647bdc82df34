// Reads who is calling and from where, once per request: session token, session, source address.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseAddress } from '../allowlist/address.js';
import type { Context } from '../schema/context.js';
import { isUnavailable } from '../services/availability.js';
import type { Services } from '../services/services.js';
import type { ReportingNode } from '../services/vpn-nodes.js';
import { cookiesOf, sessionCookie } from './cookies.js';

/** Rejects with the store's error when a token cannot be looked up. */
export async function requestContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<Context> {
  const token = presentedToken(request);
  const stepUpToken = request.headers['step-up-token'];
  const session = token === null ? null : await services.session.find(token);
  const globalPrivacyControl = request.headers['sec-gpc'] === '1';
  // Before anything is read for the answer, so that the objection holds in it already.
  if (globalPrivacyControl && session !== null) await recordPrivacyControl(session.accountId, services);
  return {
    ...cookiesOf(request, reply),
    services,
    node: null,
    token,
    session,
    hasFreshFactor:
      token !== null && typeof stepUpToken === 'string' && services.stepUp.isFresh(token, stepUpToken),
    globalPrivacyControl,
    // Fastify takes it from X-Forwarded-For only as far as trusted proxies vouch for it.
    sourceAddress: parseAddress(request.ip),
  };
}

/** A VPN node's: it has no session, and is asked nothing of what a browser keeps. */
export function nodeContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
  node: ReportingNode,
): Context {
  return {
    ...cookiesOf(request, reply),
    services,
    node,
    token: null,
    session: null,
    hasFreshFactor: false,
    globalPrivacyControl: false,
    sourceAddress: null,
  };
}

/** A database that is away fails no request for this: the browser repeats its objection with the next one. */
async function recordPrivacyControl(accountId: string, { consent }: Services): Promise<void> {
  try {
    await consent.recordPrivacyControl(accountId);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
}

/** A bearer token stands before a cookie: a program sent it on purpose. */
function presentedToken(request: FastifyRequest): string | null {
  return bearerToken(request) ?? sessionCookie(request);
}

/** RFC 6750 section 2.1. */
export function bearerToken({ headers }: FastifyRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
