// The session that a mutation begins: its token goes into the payload, or into a cookie.
import type { Context } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import type { Session, SessionDelivery } from '../../schema/sign-in/session.js';
import type { SignedIn } from '../../services/sign-in/sign-in.js';

/** Throws BAD_USER_INPUT when the browser would not store the cookie. Call this before anything is done. */
export function checkDelivery(delivery: SessionDelivery, context: Context): void {
  if (delivery === 'BEARER' || context.keepsSessionCookie) return;
  throw badInput(
    'A browser does not store the session cookie for a page of another site, nor for a page of another machine over plain ' +
      'HTTP. Serve the page and the API under one host name (localhost and 127.0.0.1 are different), over HTTPS or on ' +
      'localhost, or request delivery BEARER.',
    'input.delivery',
  );
}

/** The session of the payload. Sets the cookies when it is delivered as one. */
export function deliveredSession(
  { account, session, stepUpToken }: SignedIn,
  delivery: SessionDelivery,
  context: Context,
): Session {
  if (delivery === 'BEARER') return { account, token: session.token, stepUpToken };
  context.setSessionCookie(session);
  const { knownBrowsers } = context.services;
  context.setKnownBrowserCookie(knownBrowsers.remember(context.knownBrowser, account.email));
  return { account, token: null, stepUpToken };
}
