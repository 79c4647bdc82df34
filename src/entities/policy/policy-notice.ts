// The table `policy_notice`: which versions of the privacy policy have been announced by mail.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('policy_notice')
export class PolicyNotice {
  /** As in policy/versions.json. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'policy_notice_pkey' })
  version!: string;

  @Column({ type: 'date', name: 'announced_on' })
  announcedOn!: string;
}
