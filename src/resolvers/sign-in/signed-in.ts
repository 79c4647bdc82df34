// The answer to whoever has just signed in: with the token in it, or in a cookie.
import type { Context } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import type { UserError } from '../../input/user-error.js';
import type { SessionDelivery, SignInPayload } from '../../schema/sign-in/session.js';
import { userErrors } from '../../schema/user-error.js';
import type { SignedIn } from '../../services/sign-in/sign-in.js';

const NOTHING = { account: null, sessionToken: null, stepUpToken: null, challenge: null, userErrors: [] };

/** Call this before anything is done: throws BAD_USER_INPUT when the session would be lost. */
export function checkDelivery(delivery: SessionDelivery, context: Context): void {
  if (delivery === 'BEARER' || context.keepsSessionCookie) return;
  throw badInput(
    'A browser keeps no session cookie for a page of another site, or of another machine over plain HTTP. Serve the ' +
      'page and the API under one host name (localhost and 127.0.0.1 are two), over HTTPS or on localhost, or ask ' +
      'for delivery BEARER.',
    'input.delivery',
  );
}

export function signedInPayload(
  { account, session, stepUpToken }: SignedIn,
  delivery: SessionDelivery,
  context: Context,
): SignInPayload {
  const bearer = delivery === 'BEARER';
  if (!bearer) {
    context.setSessionCookie(session);
    const { knownBrowsers } = context.services;
    context.setKnownBrowserCookie(knownBrowsers.remember(context.knownBrowser, account.email));
  }
  return { ...NOTHING, account, sessionToken: bearer ? session.token : null, stepUpToken };
}

export function notSignedInPayload(outcome: {
  userErrors?: readonly UserError[];
  challenge?: SignInPayload['challenge'];
}): SignInPayload {
  return {
    ...NOTHING,
    challenge: outcome.challenge ?? null,
    userErrors: userErrors(outcome.userErrors ?? []),
  };
}
