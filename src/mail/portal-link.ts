// Links from mails to the portal that prove who holds the mailbox: each carries a token that works for a limited time.
import type { Clock } from '../lib/calendar.js';
import type { Keyring, Purpose } from '../secrets/keyring.js';

/** A URL, and the token in its fragment. */
export interface TokenLink {
  readonly url: string;
  readonly token: string;
}

/** `path`: of the portal's page, with a slash at its beginning. `subject`: what the token stands for. */
export type PortalLink = (purpose: Purpose, path: string, subject: string, lifetimeMs: number) => TokenLink;

/** `portalUrl`: without a slash at its end. Browsers send a fragment to no server. */
export function portalLinks(parts: {
  readonly keyring: Keyring;
  readonly portalUrl: string;
  readonly clock: Clock;
}): PortalLink {
  const { keyring, portalUrl, clock } = parts;
  return (purpose, path, subject, lifetimeMs) => {
    const token = keyring.issue(purpose, subject, clock() + lifetimeMs);
    return { url: `${portalUrl}${path}#${token}`, token };
  };
}
