// The links by which people stop marketing mails without signing in.
import { DAY_MS } from '../../lib/durations.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { ConsentService } from '../consent/consent.js';

/** Somebody may find an old mail: its link must still stop marketing then. */
const LIFETIME_YEARS = 10;
const YEAR_MS = 366 * DAY_MS;

export class UnsubscribeLinks {
  constructor(
    private readonly keyring: Pick<Keyring, 'issue' | 'redeem'>,
    private readonly consent: Pick<ConsentService, 'unsubscribe'>,
  ) {}

  /** Different in each mail, and readable for nobody else. */
  token(accountId: string): string {
    return this.keyring.issue('unsubscribe-link', accountId, Date.now() + LIFETIME_YEARS * YEAR_MS);
  }

  /** Stops marketing for the account of the token. A false or expired token does nothing, and looks the same. */
  async unsubscribe(token: string): Promise<void> {
    const accountId = this.keyring.redeem('unsubscribe-link', token);
    if (accountId !== null) await this.consent.unsubscribe(accountId);
  }
}
