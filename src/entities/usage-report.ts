// The table `usage_report`: which reports of the days that are still open have come, so that each counts once.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('usage_report')
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
