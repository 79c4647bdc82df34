// The table `account_use`: in which quarter an account was last used, so that one which nobody uses is not kept for ever.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Account } from './account.js';

@Entity('account_use')
@Index('account_use_quarter', ['quarter'])
@Check(
  'account_use_quarter_check',
  `quarter BETWEEN '2000-01-01' AND '2999-12-31' AND extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)`,
)
@Check('account_use_notices_check', `notices BETWEEN 0 AND 2`)
@Check('account_use_next_on_check', `next_on BETWEEN '2000-01-01' AND '2999-12-31'`)
export class AccountUse {
  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'account_use_account_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'account_use_pkey' })
  accountId!: string;

  /** Its first day. */
  @Column({ type: 'date' })
  quarter!: string;

  /** Mails that have said to the owner what will happen. */
  @Column({ type: 'integer', default: 0 })
  notices!: number;

  /** The day of the next mail, or of the erasure; null before the first mail. */
  @Column({ type: 'date', name: 'next_on', nullable: true })
  nextOn!: string | null;
}
