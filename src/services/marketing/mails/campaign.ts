// The mail of a campaign to one person, with an unsubscribe link and, if the person has agreed, the image for open tracking.
import type { DataSource } from 'typeorm';
import type { Locale } from '../../../lib/locale.js';
import { withLinks } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { ConsentService } from '../../consent/consent.js';
import type { CampaignCounter } from '../campaign-counter.js';
import type { OpenTracking } from '../open-tracking.js';
import type { UnsubscribeLinks } from '../unsubscribe-links.js';

export interface MarketingMailParts {
  readonly database: Pick<DataSource, 'query'>;
  readonly consent: Pick<ConsentService, 'permits'>;
  readonly counter: Pick<CampaignCounter, 'count'>;
  readonly openTracking: Pick<OpenTracking, 'token'>;
  readonly unsubscribeLinks: Pick<UnsubscribeLinks, 'token'>;
  /** Of the gateway; without a slash at its end. */
  readonly publicUrl: string;
  /** What the law wants at the beginning of the subject, by country (ISO 3166-1 alpha-2). */
  readonly subjectMarks: ReadonlyMap<string, string>;
}

interface CampaignMail {
  readonly accountId: string;
  readonly campaignId: string;
}

interface CampaignRow {
  readonly to: string;
  readonly country: string | null;
  /** Of the text, which is not always the person's. */
  readonly locale: Locale;
  readonly subject: string;
  /** Plain text; empty lines stand between its paragraphs. */
  readonly body: string;
}

export const campaignMail = defineMail({
  name: 'campaign',
  purpose: 'marketing',
  recipient: 'every account’s owner who may be sent marketing',
  when: 'An admin sends a campaign. Before each mail is sent, the gateway checks again whether the person may receive it.',
  legalBasis: 'consent',
  async load({ accountId, campaignId }: CampaignMail, parts: MarketingMailParts) {
    const { database, consent, openTracking, unsubscribeLinks, publicUrl, subjectMarks } = parts;
    if (!(await consent.permits(accountId, 'marketing'))) return null;
    const [row] = await database.query<CampaignRow[]>(
      `SELECT account.email AS to, country, campaign_text.locale, subject, body
       FROM account JOIN campaign_text ON campaign_text.locale IN (account.locale, 'en')
       WHERE account.id = $1 AND campaign_id = $2
       ORDER BY campaign_text.locale = account.locale DESC LIMIT 1`,
      [accountId, campaignId],
    );
    if (row === undefined) return null;
    const { to, locale, country, subject, body } = row;
    const mark = subjectMarks.get(country ?? '');
    const unsubscribeUrl = `${publicUrl}/unsubscribe/${unsubscribeLinks.token(accountId)}`;
    const isTracked = await consent.permits(accountId, 'analytics-cookies');
    return {
      to,
      locale,
      content: { subject: mark === undefined ? subject : `${mark} ${subject}`, body },
      // RFC 8058.
      headers: {
        'List-Unsubscribe': `<${unsubscribeUrl}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
      unsubscribeUrl,
      openTrackingUrl: isTracked ? `${publicUrl}/o/${openTracking.token(campaignId)}` : null,
    };
  },
  render: (_locale, { subject, body }) => ({
    subject,
    blocks: body.split(/\n\s*\n/).map((paragraph) => withLinks(paragraph.trim())),
  }),
  onResult: ({ campaignId }, result, { counter }) => counter.count(campaignId, result),
});
