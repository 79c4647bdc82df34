// Stepping up: proof that the person behind a session has shown a factor minutes ago. The proof is kept by the client,
// because a stored one would reveal when the person was active.
import { createHash } from 'node:crypto';
import { MINUTE_MS } from '../../lib/durations.js';
import type { Keyring } from '../../secrets/keyring.js';

const LIFETIME_MS = 10 * MINUTE_MS;

export class StepUpService {
  constructor(private readonly keyring: Keyring) {}

  /** An opaque token, valid for ten minutes with this session only. `now`: milliseconds since the epoch. */
  issue(sessionToken: string, now: number = Date.now()): string {
    return this.keyring.issue('step-up', digestOf(sessionToken), now + LIFETIME_MS);
  }

  isFresh(sessionToken: string, stepUpToken: string, now: number = Date.now()): boolean {
    return this.keyring.redeem('step-up', stepUpToken, now) === digestOf(sessionToken);
  }
}

function digestOf(sessionToken: string): string {
  return createHash('sha256').update(sessionToken).digest('base64url');
}
