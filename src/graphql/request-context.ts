// Reads who is calling and from where, once per request: session token, session, source address.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from '../app/services.js';
import {
  channelCodeOf,
  knownBrowserCookie,
  languageOf,
  sessionCookie,
  setChannelCookie,
  setKnownBrowserCookie,
  setLanguageCookie,
  setSessionCookie,
} from '../http/cookies.js';
import { keepsSecureCookies } from '../http/origins.js';
import type { Address } from '../lib/ip.js';
import { isUnavailable } from '../runtime/availability.js';
import type { Locale } from '../schema/account/language.js';
import type { BrowserCookie } from '../services/sign-in/known-browsers.js';
import type { NewSession, Session } from '../services/sign-in/session.js';
import type { ReportingNode } from '../services/usage/vpn-nodes.js';
import type { Context } from './context.js';

/** What is asked for seldom is read from the request when it is. */
class RequestContext implements Context {
  constructor(
    readonly services: Services,
    readonly token: string | null,
    readonly session: Session | null,
    readonly node: ReportingNode | null,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  get sourceAddress(): Address | null {
    return this.node === null ? this.request.source : null;
  }

  get hasFreshFactor(): boolean {
    const stepUpToken = this.request.headers['step-up-token'];
    const { token, services } = this;
    return token !== null && typeof stepUpToken === 'string' && services.stepUp.isFresh(token, stepUpToken);
  }

  get globalPrivacyControl(): boolean {
    return objects(this.request);
  }

  get keepsSessionCookie(): boolean {
    const { headers } = this.request;
    return headers['sec-fetch-site'] !== 'cross-site' && keepsSecureCookies(headers.origin);
  }

  get language(): Locale | null {
    return languageOf(this.request);
  }

  get knownBrowser(): string | null {
    return knownBrowserCookie(this.request);
  }

  get channelCode(): string | null {
    return channelCodeOf(this.request);
  }

  setSessionCookie(session: NewSession | null): void {
    setSessionCookie(this.reply, session);
  }

  setKnownBrowserCookie(cookie: BrowserCookie | null): void {
    setKnownBrowserCookie(this.reply, cookie);
  }

  setLanguageCookie(locale: Locale): void {
    setLanguageCookie(this.reply, locale);
  }

  setChannelCookie(code: string | null): void {
    setChannelCookie(this.request, this.reply, code);
  }
}

/** Rejects with the store's error when a token cannot be looked up. */
export async function requestContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<Context> {
  const token = presentedToken(request);
  const session = token === null ? null : await services.session.find(token);
  // Before anything is read for the answer, so that the objection holds in it already.
  if (session !== null && objects(request)) await recordPrivacyControl(session.accountId, services);
  return new RequestContext(services, token, session, null, request, reply);
}

/** A VPN node's: it has no session, and is asked nothing of what a browser keeps. */
export function nodeContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
  node: ReportingNode,
): Context {
  return new RequestContext(services, null, null, node, request, reply);
}

/** Of somebody who watches, over a connection on which nothing else is asked. Rejects as `requestContext` does. */
export async function watchingContext(services: Services, token: string | null): Promise<Context> {
  return {
    services,
    token,
    session: token === null ? null : await services.session.find(token),
    node: null,
    sourceAddress: null,
    hasFreshFactor: false,
    globalPrivacyControl: false,
    keepsSessionCookie: true,
    language: null,
    knownBrowser: null,
    channelCode: null,
    setSessionCookie() {},
    setKnownBrowserCookie() {},
    setLanguageCookie() {},
    setChannelCookie() {},
  };
}

/** `Sec-GPC: 1` (Global Privacy Control). */
function objects({ headers }: FastifyRequest): boolean {
  return headers['sec-gpc'] === '1';
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
export function presentedToken(request: FastifyRequest): string | null {
  return bearerToken(request) ?? sessionCookie(request);
}

/** RFC 6750 section 2.1. */
export function bearerToken({ headers }: FastifyRequest): string | null {
  return bearerOf(headers.authorization);
}

/** The token of an `authorization`, which may be anything. */
export function bearerOf(authorization: unknown): string | null {
  return typeof authorization === 'string' ? (/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null) : null;
}
