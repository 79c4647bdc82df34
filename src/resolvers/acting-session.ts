// The session in which somebody changes their own account, and what is left to say when the account is gone.
import type { Context } from '../graphql/context.js';
import { unauthenticated } from '../graphql/errors.js';
import type { ActingSession } from '../services/sign-in/credentials.js';
import { viewerId } from './viewer-id.js';

/** Throws UNAUTHENTICATED. */
export function actingSession(context: Context): ActingSession {
  const accountId = viewerId(context);
  if (context.token === null) throw unauthenticated();
  return { accountId, token: context.token };
}

/** Throws UNAUTHENTICATED: a session may outlive its account by moments. */
export function ofAccount<T>(outcome: T | null): T {
  if (outcome === null) throw unauthenticated();
  return outcome;
}
