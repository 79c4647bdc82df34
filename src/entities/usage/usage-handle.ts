// The table `usage_handle`: by which random name VPN nodes know an account. A trigger gives each new account its first.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Account } from '../account/account.js';

@Entity('usage_handle')
@Check('usage_handle_handle_check', `(get_byte(uuid_send(handle), 6) >> 4) = 4`)
@Check('usage_handle_retired_on_check', `retired_on BETWEEN '2000-01-01' AND '2999-12-31'`)
@Index('usage_handle_current', ['accountId'], { unique: true, where: 'retired_on IS NULL' })
export class UsageHandle {
  /** UUID version 4. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'usage_handle_pkey' })
  handle!: string;

  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'usage_handle_account_id_fkey' })
  @Index('usage_handle_account_id')
  @Column({ type: 'uuid', name: 'account_id' })
  accountId!: string;

  /** The day on which another took its place; null for the account's present one. Days before it may yet be reported. */
  @Column({ type: 'date', name: 'retired_on', nullable: true })
  retiredOn!: string | null;
}
