// Makes the context of a request: who calls and from where. The session is read once; everything else is read when it is used.
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  channelCodeOf,
  knownBrowserCookie,
  languageOf,
  setChannelCookie,
  setKnownBrowserCookie,
  setLanguageCookie,
  setSessionCookie,
} from '../http/cookies.js';
import { sessionToken } from '../http/credentials.js';
import { keepsSecureCookies } from '../http/origins.js';
import type { Address } from '../lib/ip.js';
import type { Locale } from '../lib/locale.js';
import { isUnavailable } from '../runtime/availability.js';
import type { Services } from '../services/services.js';
import type { BrowserCookie } from '../services/sign-in/known-browsers.js';
import type { NewSession, Session } from '../services/sign-in/session.js';
import type { ReportingNode } from '../services/usage/vpn-nodes.js';
import type { Context } from './context.js';

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
    return hasPrivacyControl(this.request);
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

/** Rejects with the store's error when the session cannot be looked up. */
export async function requestContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<Context> {
  const token = sessionToken(request);
  const session = token === null ? null : await services.session.find(token);
  // Recorded before anything is read for the response, so that the response already honours it.
  if (session !== null && hasPrivacyControl(request)) await recordPrivacyControl(session.accountId, services);
  return new RequestContext(services, token, session, null, request, reply);
}

/** For a VPN node, which has no session and no cookies. */
export function nodeContext(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
  node: ReportingNode,
): Context {
  return new RequestContext(services, null, null, node, request, reply);
}

/** For a subscription, whose connection carries nothing else. Rejects as `requestContext` does. */
export async function subscriberContext(services: Services, token: string | null): Promise<Context> {
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
function hasPrivacyControl({ headers }: FastifyRequest): boolean {
  return headers['sec-gpc'] === '1';
}

/** While the database is not available the request goes on: the browser sends the signal again with the next one. */
async function recordPrivacyControl(accountId: string, { consent }: Services): Promise<void> {
  try {
    await consent.recordPrivacyControl(accountId);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
}
