// The table `usage_report`: which reports of the days that are still open have come, so that each counts once.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('usage_report')
@Check('usage_report_id_check', `(get_byte(uuid_send(id), 6) >> 4) = 8`)
@Check('usage_report_day_check', `day BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('usage_report_revision_check', `revision BETWEEN 1 AND 1000`)
@Check('usage_report_digest_check', `digest ~ '^[A-Za-z0-9_-]{43}$'`)
export class UsageReport {
  /** Keyed digest of node, day and part: the same report has the same id, and the id does not say whose it is. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'usage_report_pkey' })
  id!: string;

  @Column({ type: 'date' })
  day!: string;

  /** From 1; a correction has a higher one. */
  @Column({ type: 'integer' })
  revision!: number;

  /** Keyed digest of the rows, whatever their order. */
  @Column({ type: 'text' })
  digest!: string;
}
