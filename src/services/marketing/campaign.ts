// Campaigns: marketing mails that staff write, sent once to everybody who may receive them. Results are counted by day; nothing
// records who got or opened a mail.

import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { newestFirst, placeBy, readPage } from '../../db/page.js';
import { isUserError } from '../../input/listing.js';
import { requiredTextError, written } from '../../input/text.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import { type Day, today } from '../../lib/calendar.js';
import { COHORT } from '../../lib/cohort.js';
import type { Locale } from '../../lib/locale.js';
import type { Page, PageRequest } from '../../lib/pages.js';
import { isUuid } from '../../lib/uuid.js';
import type { Outbox } from '../../mail/outbox.js';
import type { ConsentService } from '../consent/consent.js';
import { campaignMail } from './mails/campaign.js';

export interface CampaignText {
  readonly locale: Locale;
  readonly subject: string;
  /** Plain text; empty lines stand between its paragraphs. */
  readonly body: string;
}

export interface CampaignDayView {
  readonly day: Day;
  /** All are null while the campaign has been sent to fewer than COHORT people. */
  readonly sent: number | null;
  readonly delayed: number | null;
  readonly bounced: number | null;
  readonly opened: number | null;
}

export interface CampaignView {
  readonly id: string;
  readonly name: string;
  /** Null until it is sent. */
  readonly sentOn: Day | null;
  readonly texts: readonly CampaignText[];
  readonly statistics: readonly CampaignDayView[];
}

const MAX_NAME = 100;
/** Many mail programs cut longer subjects, and RFC 5322 section 2.1.1 allows at most 998 bytes in a line. */
const MAX_SUBJECT = 150;
const MAX_BODY = 10_000;

/** $1: COHORT, $2: ids, or null for all. */
const VIEWS = `
  SELECT id, name, sent_on::text AS "sentOn",
    (SELECT json_agg(json_build_object('locale', locale, 'subject', subject, 'body', body) ORDER BY locale)
     FROM campaign_text WHERE campaign_id = campaign.id) AS texts,
    (SELECT coalesce(json_agg(json_build_object(
       'day', day,
       'sent', CASE WHEN shown THEN sent END,
       'delayed', CASE WHEN shown THEN delayed END,
       'bounced', CASE WHEN shown THEN bounced END,
       'opened', CASE WHEN shown THEN opened END
     ) ORDER BY day), '[]')
     FROM campaign_day WHERE campaign_id = campaign.id) AS statistics
  FROM campaign
  CROSS JOIN LATERAL (
    SELECT sum(sent) >= $1 AS shown FROM campaign_day WHERE campaign_id = campaign.id
  ) AS cohort
  WHERE $2::uuid[] IS NULL OR id = ANY($2)
  ORDER BY sent_on DESC NULLS FIRST, name COLLATE "C", id`;

export class CampaignService {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly outbox: Outbox;
      readonly consent: Pick<ConsentService, 'marketingRecipients'>;
      /** Whether the mails can show the business's postal address, without which none may be sent. */
      readonly hasPostalAddress: boolean;
    },
  ) {}

  /** Unsent campaigns first, then the newest. Throws InvalidCursor. */
  async page(request: PageRequest): Promise<Page<CampaignView>> {
    const list = {
      name: 'campaigns',
      sql: `SELECT id, ${placeBy(newestFirst('sent_on'), 'name', 'id')} FROM campaign`,
      values: [],
    };
    const { entries, ...page } = await readPage<{ id: string }>(this.parts.database, list, request);
    const views = await this.views(entries.map(({ value }) => value.id));
    const byId = new Map(views.map((view) => [view.id, view]));
    return { ...page, entries: entries.map(({ value, cursor }) => ({ value: byId.get(value.id)!, cursor })) };
  }

  /** `id`: a UUID. */
  async find(id: string): Promise<CampaignView | null> {
    return (await this.views([id]))[0] ?? null;
  }

  async create(name: string, texts: readonly CampaignText[]): Promise<Outcome<CampaignView>> {
    const campaign = { name: name.trim(), texts: texts.map(tidied) };
    const userErrors = userErrorsOf(campaign);
    if (userErrors.length > 0) return refused(...userErrors);
    const id = randomUUID();
    await this.parts.database.transaction(async (manager) => {
      await manager.query('INSERT INTO campaign (id, name) VALUES ($1, $2)', [id, campaign.name]);
      for (const { locale, subject, body } of campaign.texts) {
        await manager.query(
          'INSERT INTO campaign_text (campaign_id, locale, subject, body) VALUES ($1, $2, $3, $4)',
          [id, locale, subject, body],
        );
      }
    });
    return done((await this.find(id))!);
  }

  /**
   * Queues a mail for every account that may be sent marketing at this moment: for all of them, or for none if anything fails.
   * Consent is checked again when each mail is sent.
   */
  async send(campaignId: string): Promise<Outcome<CampaignView>> {
    if (!this.parts.hasPostalAddress) return refused({ field: null, code: 'POSTAL_ADDRESS_MISSING' });
    const code = isUuid(campaignId) ? await this.queue(campaignId) : 'UNKNOWN_CAMPAIGN';
    return code === null ? done((await this.find(campaignId))!) : refused({ field: 'id', code });
  }

  private queue(campaignId: string): Promise<'UNKNOWN_CAMPAIGN' | 'CAMPAIGN_SENT' | null> {
    const { database, outbox, consent } = this.parts;
    return database.transaction(async (manager) => {
      // Another request that sends the same campaign waits here.
      const [campaign] = await manager.query<{ sent: boolean }[]>(
        'SELECT sent_on IS NOT NULL AS sent FROM campaign WHERE id = $1 FOR UPDATE',
        [campaignId],
      );
      if (campaign === undefined) return 'UNKNOWN_CAMPAIGN';
      if (campaign.sent) return 'CAMPAIGN_SENT';
      await manager.query('UPDATE campaign SET sent_on = $2 WHERE id = $1', [campaignId, today()]);
      await outbox.putForEach(
        manager,
        campaignMail,
        (after, limit) => consent.marketingRecipients(manager, after, limit),
        (accountId) => ({ accountId, campaignId }),
      );
      return null;
    });
  }

  private views(ids: readonly string[] | null): Promise<CampaignView[]> {
    return this.parts.database.query<CampaignView[]>(VIEWS, [COHORT, ids]);
  }
}

function tidied({ locale, subject, body }: CampaignText): CampaignText {
  return { locale, subject: subject.trim(), body: body.replaceAll('\r\n', '\n').trim() };
}

function userErrorsOf({ name, texts }: { name: string; texts: readonly CampaignText[] }): UserError[] {
  const locales = texts.map(({ locale }) => locale);
  const userErrors: readonly (UserError | null)[] = [
    requiredTextError(written(name), 'name', MAX_NAME),
    locales.includes('en') ? null : { field: 'texts', code: 'ENGLISH_REQUIRED' },
    ...texts.flatMap(({ locale, subject, body }, index): (UserError | null)[] => [
      locales.indexOf(locale) === index ? null : { field: `texts.${index}.locale`, code: 'DUPLICATE_LOCALE' },
      requiredTextError(written(subject), `texts.${index}.subject`, MAX_SUBJECT),
      requiredTextError(written(body.replaceAll('\n', ' ')), `texts.${index}.body`, MAX_BODY),
    ]),
  ];
  return userErrors.filter(isUserError);
}
