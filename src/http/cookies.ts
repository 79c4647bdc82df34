// The three cookies, all there are: session, language and marketing channel. None says anything about a person, and the
// last one is set only after consent.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../schema/context.js';
import { Locale } from '../schema/language.js';

/** The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2). */
const SESSION = '__Host-session';
const LANGUAGE = '__Host-language';
const CHANNEL = '__Host-channel';
const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const;

const DAY_SECONDS = 86_400;
const LANGUAGE_SECONDS = 365 * DAY_SECONDS;
const CHANNEL_SECONDS = 30 * DAY_SECONDS;

type Cookies = Pick<
  Context,
  'language' | 'channelCode' | 'setSessionCookie' | 'setLanguageCookie' | 'setChannelCookie'
>;

/** Those that the request brings, and ways to set them in the answer. */
export function cookiesOf({ cookies }: FastifyRequest, reply: FastifyReply): Cookies {
  const channelCode = cookies[CHANNEL] ?? null;
  return {
    language: Object.values(Locale).find((locale) => locale === cookies[LANGUAGE]) ?? null,
    channelCode,
    setSessionCookie(session) {
      if (session === null) reply.clearCookie(SESSION, ATTRIBUTES);
      else reply.setCookie(SESSION, session.token, { ...ATTRIBUTES, expires: session.expires });
    },
    setLanguageCookie(locale) {
      reply.setCookie(LANGUAGE, locale, { ...ATTRIBUTES, maxAge: LANGUAGE_SECONDS });
    },
    setChannelCookie(code) {
      if (code !== null) reply.setCookie(CHANNEL, code, { ...ATTRIBUTES, maxAge: CHANNEL_SECONDS });
      // A browser that has none is not told of it.
      else if (channelCode !== null) reply.clearCookie(CHANNEL, ATTRIBUTES);
    },
  };
}

export function sessionCookie({ cookies }: FastifyRequest): string | null {
  return cookies[SESSION] ?? null;
}
