// The table `campaign_day`: what became of a campaign's mails on a day, in numbers. Nothing is kept by recipient.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Campaign } from './campaign.js';

@Entity('campaign_day')
export class CampaignDay {
  @ForeignKey(() => Campaign, { onDelete: 'CASCADE', name: 'campaign_day_campaign_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'campaign_id', primaryKeyConstraintName: 'campaign_day_pkey' })
  campaignId!: string;

  @PrimaryColumn({ type: 'date', primaryKeyConstraintName: 'campaign_day_pkey' })
  day!: string;

  /** Mails that the mail server has accepted. */
  @Column({ type: 'integer', default: 0 })
  sent!: number;

  /** Mails whose first try failed, while others were to follow. */
  @Column({ type: 'integer', default: 0 })
  delayed!: number;

  /** Mails that were given up. */
  @Column({ type: 'integer', default: 0 })
  bounced!: number;

  /** How often the image in the mails was loaded. */
  @Column({ type: 'integer', default: 0 })
  opened!: number;
}
