// Open tracking: counts how often the mails of a campaign are opened, and does not know by whom.
import type { Keyring } from '../../secrets/keyring.js';
import type { CampaignCounter } from './campaign-counter.js';

export class OpenTracking {
  constructor(
    private readonly keyring: Pick<Keyring, 'digest'>,
    private readonly counter: Pick<CampaignCounter, 'count'>,
  ) {}

  /** Stands for the campaign in the address of an image: the same in every mail, and only this installation can make one. */
  token(campaignId: string): string {
    return `${campaignId}.${this.keyring.digest('open-tracking', campaignId)}`;
  }

  /** Counts that a mail was opened. A false token counts nothing. Does not wait for the database. */
  count(token: string): void {
    const campaignId = token.split('.')[0]!;
    if (token === this.token(campaignId)) this.counter.count(campaignId, 'opened');
  }
}
