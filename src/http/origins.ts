// Which web pages may use the API: those of the configured origins, and of the gateway's own; in development those of this
// machine, too. A browser names the page's origin with every POST, and no page can forge it; other clients send none.
import type { IncomingHttpHeaders } from 'node:http';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a POST that looks at no cookie: pages of any origin may send it. */
    readonly anyOrigin?: true;
  }
}

const PREFLIGHT_SECONDS = 7200;

/** Origins of servers on the visitor's own machine, on any port. */
const LOCAL = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

export class AllowedOrigins {
  private readonly listed: ReadonlySet<string>;

  /** `local`: whether pages of the visitor's own machine are allowed. */
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
 * CORS for `origins`, and for no other page: a preflight of another's gets no CORS header, so that its browser sends
 * neither JSON nor a token. Beyond that, whatever another page sends all the same is refused before it is read: cookies
 * that are SameSite=Lax still come from pages of other hosts of the same site.
 */
export async function guardOrigins(app: FastifyInstance, origins: AllowedOrigins): Promise<void> {
  await app.register(cors, {
    origin: (origin, decide) => decide(null, origin !== undefined && origins.has(origin) && origin),
    credentials: true,
    // PUT takes the documents of rights requests, which need a reference and no cookie.
    methods: ['POST', 'PUT'],
    allowedHeaders: ['content-type', 'authorization', 'step-up-token'],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
  // The route decides, not the URL, which can spell a path in many ways.
  app.addHook('onRequest', ({ routeOptions, headers, method }, reply, done) => {
    const isOpen = method !== 'POST' || routeOptions.config?.anyOrigin === true;
    if (isOpen || !isForeignPage(headers, origins)) return done();
    const message = 'Pages of this origin may not use the API.';
    reply.code(403).send({ errors: [{ message, extensions: { code: 'ORIGIN_NOT_ALLOWED' } }] });
  });
}

/** Browsers drop a Secure cookie for a page that came over plain HTTP, unless it is one of their own machine. */
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
