// The table `minor_report`: accounts that staff have reported as those of somebody too young. A row goes with the account, or
// when the report is withdrawn.
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Account } from './account.js';

@Entity('minor_report')
@Check('minor_report_case_reference_check', `case_reference ~ '^[A-Za-z0-9_-]{1,64}$'`)
@Check('minor_report_erases_on_check', `erases_on BETWEEN '2000-01-01' AND '2999-12-31'`)
export class MinorReport {
  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'minor_report_account_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'minor_report_pkey' })
  accountId!: string;

  /** What staff call the case. */
  @Column({ type: 'text', name: 'case_reference' })
  caseReference!: string;

  /** The day on which the account is erased. */
  @Column({ type: 'date', name: 'erases_on' })
  erasesOn!: string;

  /** Who reported it; null when that account is gone. */
  @ForeignKey(() => Account, { onDelete: 'SET NULL', name: 'minor_report_staff_id_fkey' })
  @Column({ type: 'uuid', name: 'staff_id', nullable: true })
  staffId!: string | null;
}
