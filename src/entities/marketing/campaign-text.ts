// The table `campaign_text`: what a campaign says in a language.

import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Locale } from '../../lib/locale.js';
import { Campaign } from './campaign.js';

@Entity('campaign_text')
@Check('campaign_text_locale_check', `locale IN ('en', 'de', 'es')`)
export class CampaignText {
  @ForeignKey(() => Campaign, { onDelete: 'CASCADE', name: 'campaign_text_campaign_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'campaign_id', primaryKeyConstraintName: 'campaign_text_pkey' })
  campaignId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'campaign_text_pkey' })
  locale!: Locale;

  @Column({ type: 'text' })
  subject!: string;

  /** Plain text; empty lines stand between its paragraphs. */
  @Column({ type: 'text' })
  body!: string;
}
