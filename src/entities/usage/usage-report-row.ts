// The table `usage_report_row`: what was reported of days that are still open. It has a partition for each day, which is dropped
// as a whole when the day is closed.
import { Check, Entity, PrimaryColumn } from 'typeorm';
import { checkedUsage, usageColumns } from './usage-columns.js';

@Entity('usage_report_row')
@checkedUsage('usage_report_row')
@Check('usage_report_row_report_id_check', `(get_byte(uuid_send(report_id), 6) >> 4) = 8`)
export class UsageReportRow extends usageColumns('usage_report_row') {
  @PrimaryColumn({
    type: 'uuid',
    name: 'report_id',
    primaryKeyConstraintName: 'usage_report_row_pkey',
  })
  reportId!: string;
}
