// Which web pages may use the API: those of the configured origins and of the gateway's own, and in development those of the
// same machine. A browser sends the page's origin with every POST, and no page can forge it. Other clients send none.
import type { IncomingHttpHeaders } from 'node:http';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { sendError } from './error-responses.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For a POST that reads no cookie: pages of any origin may send it. */
    readonly anyOrigin?: true;
    /** For a GET whose response only the allowed origins may get: other pages are refused, as with POST. */
    readonly allowedOrigins?: true;
  }
}

const PREFLIGHT_SECONDS = 7200;

/** Origins of servers on the visitor's machine, on any port. */
const LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

export class AllowedOrigins {
  private readonly listed: ReadonlySet<string>;

  /** `local`: whether pages of servers on the visitor's machine are allowed. */
  constructor(
    listed: readonly string[],
    private readonly local: boolean,
  ) {
    this.listed = new Set(listed);
  }

  has(origin: string): boolean {
    return this.listed.has(origin) || (this.local && LOCAL.test(origin));
  }
}

/**
 * CORS for `origins` alone: the preflight of any other page gets no CORS header, so that its browser sends neither JSON nor a
 * token. What such a page can still send is refused before it is read, because browsers send SameSite=Lax cookies with requests
 * of other hosts of the same site.
 */
export async function guardOrigins(app: FastifyInstance, origins: AllowedOrigins): Promise<void> {
  await app.register(cors, {
    origin: (origin, decide) => decide(null, origin !== undefined && origins.has(origin) && origin),
    credentials: true,
    // PUT is for documents of rights requests, which are authorised by a reference and not by a cookie.
    methods: ['POST', 'PUT'],
    allowedHeaders: ['content-type', 'authorization', 'step-up-token'],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
  // The route decides and not the URL, because a path can be spelled in many ways.
  app.addHook('onRequest', ({ routeOptions, headers, method }, reply, done) => {
    const { anyOrigin = false, allowedOrigins = false } = routeOptions.config ?? {};
    const isOpen = method === 'POST' ? anyOrigin : !allowedOrigins;
    if (isOpen || !isForeignPage(headers, origins)) return done();
    sendError(reply, 403, 'ORIGIN_NOT_ALLOWED', 'Pages of this origin may not use the API.');
  });
}

/** Whether a browser keeps a Secure cookie: it drops it for a page over plain HTTP, unless the server is on the same machine. */
export function keepsSecureCookies(origin: string | undefined): boolean {
  return !origin?.startsWith('http://') || LOCAL.test(origin);
}

/** Whether a request comes from a page that is neither of `origins` nor the gateway's own. */
export function isForeignPage(headers: IncomingHttpHeaders, origins: AllowedOrigins): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin === undefined) return site === 'cross-site' || site === 'same-site';
  if (origins.has(origin) || site === 'same-origin') return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
