// What a campaign says to one person, looked up when it is sent.
import type { Locale } from '../entities/account.js';

export interface CampaignMail {
  readonly to: string;
  readonly locale: Locale;
  readonly subject: string;
  /** Plain text; empty lines stand between its paragraphs. */
  readonly body: string;
  /** `List-Unsubscribe` and what goes with it (RFC 8058). */
  readonly headers: Readonly<Record<string, string>>;
  /** The same way out for those who read. */
  readonly unsubscribeUrl: string;
  /** An image that counts openings; null when the person has not agreed to that. */
  readonly openedUrl: string | null;
}

/** Null when the person may not be sent it at this moment, or is gone. */
export type CampaignLookup = (campaignId: string, accountId: string) => Promise<CampaignMail | null>;
