// The table `campaign`: marketing mails that are written once and sent once.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('campaign')
export class Campaign {
  /** UUID version 4. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'campaign_pkey' })
  id!: string;

  /** For staff; recipients never see it. */
  @Column({ type: 'text' })
  name!: string;

  /** The day on which its mails were queued; null until then. */
  @Column({ type: 'date', name: 'sent_on', nullable: true })
  sentOn!: string | null;
}
