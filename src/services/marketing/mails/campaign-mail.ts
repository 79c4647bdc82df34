// What a campaign says to one person, looked up when it is sent.

import type { DataSource } from 'typeorm';
import type { Locale } from '../../../lib/locale.js';
import type { Keyring } from '../../../secrets/keyring.js';
import type { ConsentService } from '../../consent/consent.js';
import type { CampaignCounter } from '../campaign-counter.js';

/** Somebody may come across an old mail: its link must stop marketing then, too. */
const UNSUBSCRIBE_YEARS = 10;
const YEAR_MS = 366 * 86_400_000;

export interface CampaignMail {
  readonly to: string;
  /** That of the text, which is not always the person's. */
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

interface Row extends Pick<CampaignMail, 'to' | 'locale' | 'subject' | 'body'> {
  readonly country: string | null;
}

/** `publicUrl`: without a slash at its end. */
export function createCampaignLookup(parts: {
  readonly database: DataSource;
  readonly keyring: Keyring;
  readonly consent: Pick<ConsentService, 'permits'>;
  readonly counter: Pick<CampaignCounter, 'openingToken'>;
  readonly publicUrl: string;
  /** By country (ISO 3166-1 alpha-2): what the law there wants at the beginning of the subject. Absent: nothing. */
  readonly subjectMarks?: ReadonlyMap<string, string>;
}): CampaignLookup {
  const { database, keyring, consent, counter, publicUrl, subjectMarks } = parts;
  return async (campaignId, accountId) => {
    if (!(await consent.permits(accountId, 'marketing'))) return null;
    const [row] = await database.query<Row[]>(
      `SELECT account.email AS to, country, campaign_text.locale, subject, body
       FROM account JOIN campaign_text ON campaign_text.locale IN (account.locale, 'en')
       WHERE account.id = $1 AND campaign_id = $2
       ORDER BY campaign_text.locale = account.locale DESC LIMIT 1`,
      [accountId, campaignId],
    );
    if (row === undefined) return null;
    const { country, ...mail } = row;
    const mark = subjectMarks?.get(country ?? '');
    const expires = Date.now() + UNSUBSCRIBE_YEARS * YEAR_MS;
    const unsubscribeUrl = `${publicUrl}/unsubscribe/${keyring.issue('unsubscribe-link', accountId, expires)}`;
    const counted = await consent.permits(accountId, 'analytics-cookies');
    return {
      ...mail,
      subject: mark === undefined ? mail.subject : `${mark} ${mail.subject}`,
      headers: {
        'List-Unsubscribe': `<${unsubscribeUrl}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
      unsubscribeUrl,
      openedUrl: counted ? `${publicUrl}/o/${counter.openingToken(campaignId)}` : null,
    };
  };
}
