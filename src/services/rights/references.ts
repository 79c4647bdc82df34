// References: with one, anyone who has asked sees the status and goes on later. It carries the country that they gave, and so what
// they are shown is counted by the law of that country, and shows nothing of where the account's owner lives.

import type { Clock } from '../../lib/calendar.js';
import { DAY_MS } from '../../lib/durations.js';
import type { Keyring } from '../../secrets/keyring.js';

/** Longer than any law lets an answer take. */
const LIFETIME_MS = 400 * DAY_MS;

/** What somebody has asked, as they know it themselves. */
export interface Reference {
  readonly requestId: string;
  /** ISO 3166-1 alpha-2; null when they gave none. */
  readonly country: string | null;
  /** Such as `CA`; null when they gave none. */
  readonly usState: string | null;
}

export class References {
  constructor(private readonly parts: { readonly keyring: Keyring; readonly clock: Clock }) {}

  issue({ requestId, country, usState }: Reference): string {
    const { keyring, clock } = this.parts;
    const subject = [requestId, country ?? '', usState ?? ''].join(' ');
    return keyring.issue('rights-request-reference', subject, clock() + LIFETIME_MS);
  }

  /** Null when the text is no reference of ours. */
  read(text: string): Reference | null {
    const { keyring, clock } = this.parts;
    const [requestId, country, usState] =
      keyring.redeem('rights-request-reference', text, clock())?.split(' ') ?? [];
    if (requestId === undefined) return null;
    return { requestId, country: country || null, usState: usState || null };
  }
}
