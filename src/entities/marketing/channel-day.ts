// The table `channel_day`: how many visits and sign-ups a marketing channel brought on a day. It does not distinguish people.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('channel_day')
export class ChannelDay {
  @PrimaryColumn({ type: 'date', primaryKeyConstraintName: 'channel_day_pkey' })
  day!: string;

  /** An id of policy/channels.json, or `other`. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'channel_day_pkey' })
  channel!: string;

  /** An id of policy/channels.json, or `other`. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'channel_day_pkey' })
  platform!: string;

  @Column({ type: 'integer', default: 0 })
  visits!: number;

  @Column({ type: 'integer', name: 'sign_ups', default: 0 })
  signUps!: number;
}
