// The table `staff_access`: on which days staff looked at an account's usage, and why. Its owner can read it.
import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { Account } from '../account/account.js';

@Entity('staff_access')
@Check('staff_access_id_check', `(get_byte(uuid_send(id), 6) >> 4) = 4`)
@Check('staff_access_day_check', `day BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('staff_access_reason_check', `reason ~ '^[a-z]+(-[a-z]+)*$'`)
@Check('staff_access_case_reference_check', `case_reference ~ '^[A-Za-z0-9_-]{0,64}$'`)
@Unique('staff_access_once', ['accountId', 'day', 'staffId', 'reason', 'caseReference'])
export class StaffAccess {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'staff_access_pkey' })
  id!: string;

  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'staff_access_account_id_fkey' })
  @Column({ type: 'uuid', name: 'account_id' })
  accountId!: string;

  @Column({ type: 'date' })
  day!: string;

  /** Who looked; null when that account is gone. */
  @ForeignKey(() => Account, { onDelete: 'SET NULL', name: 'staff_access_staff_id_fkey' })
  @Column({ type: 'uuid', name: 'staff_id', nullable: true })
  staffId!: string | null;

  @Column({ type: 'text' })
  reason!: string;

  /** Of the support case; empty when there is none. */
  @Column({ type: 'text', name: 'case_reference' })
  caseReference!: string;
}
