// Who the signed-in person is, for resolvers that only signed-in people reach.
import type { Context } from '../graphql/context.js';
import { unauthenticated } from '../graphql/errors.js';

/** Throws UNAUTHENTICATED. */
export function viewerId({ session }: Context): string {
  if (session === null) throw unauthenticated();
  return session.accountId;
}
