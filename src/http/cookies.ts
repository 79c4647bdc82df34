// The four cookies of the product: session, known browser, language and marketing channel. None contains personal data, and the
// last one is set only after consent.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DAY_SECONDS } from '../lib/durations.js';
import { LOCALES, type Locale } from '../lib/locale.js';
import type { BrowserCookie } from '../services/sign-in/known-browsers.js';
import type { NewSession } from '../services/sign-in/session.js';

/** The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2). */
const SESSION = '__Host-session';
const KNOWN_BROWSER = '__Host-known-browser';
const LANGUAGE = '__Host-language';
const CHANNEL = '__Host-channel';
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const;

const LANGUAGE_SECONDS = 365 * DAY_SECONDS;
const CHANNEL_SECONDS = 30 * DAY_SECONDS;

export function sessionCookie({ cookies }: Pick<FastifyRequest, 'cookies'>): string | null {
  return cookies[SESSION] ?? null;
}

/** Null deletes it. */
export function setSessionCookie(reply: FastifyReply, session: NewSession | null): void {
  if (session === null) reply.clearCookie(SESSION, ATTRIBUTES);
  else reply.setCookie(SESSION, session.token, { ...ATTRIBUTES, expires: session.expires });
}

/** Its value has not been checked. */
export function knownBrowserCookie({ cookies }: FastifyRequest): string | null {
  return cookies[KNOWN_BROWSER] ?? null;
}

/** Null deletes it. */
export function setKnownBrowserCookie(reply: FastifyReply, cookie: BrowserCookie | null): void {
  if (cookie === null) reply.clearCookie(KNOWN_BROWSER, ATTRIBUTES);
  else reply.setCookie(KNOWN_BROWSER, cookie.value, { ...ATTRIBUTES, expires: cookie.expires });
}

export function languageOf({ cookies }: FastifyRequest): Locale | null {
  return LOCALES.find((locale) => locale === cookies[LANGUAGE]) ?? null;
}

export function setLanguageCookie(reply: FastifyReply, locale: Locale): void {
  reply.setCookie(LANGUAGE, locale, { ...ATTRIBUTES, maxAge: LANGUAGE_SECONDS });
}

/** Its value has not been checked. */
export function channelCodeOf({ cookies }: FastifyRequest): string | null {
  return cookies[CHANNEL] ?? null;
}

/** Null deletes it. A browser without one gets no header. */
export function setChannelCookie(request: FastifyRequest, reply: FastifyReply, code: string | null): void {
  if (code !== null) reply.setCookie(CHANNEL, code, { ...ATTRIBUTES, maxAge: CHANNEL_SECONDS });
  else if (channelCodeOf(request) !== null) reply.clearCookie(CHANNEL, ATTRIBUTES);
}
