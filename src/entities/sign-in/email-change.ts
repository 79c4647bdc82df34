// The table `email_change`: a new e-mail address that waits until both mailboxes have confirmed it.
import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { Account } from '../account/account.js';

@Entity('email_change')
@Unique('email_change_account_id_key', ['accountId'])
export class EmailChange {
  /** UUID version 4, made by the application; another one for each request, so that older links stop working. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'email_change_pkey' })
  id!: string;

  @Column({ type: 'uuid', name: 'account_id' })
  @ForeignKey(() => Account, { name: 'email_change_account_id_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  /** In lower case. */
  @Column({ type: 'text', name: 'new_email' })
  newEmail!: string;

  @Column({ type: 'boolean', name: 'old_confirmed', default: false })
  oldConfirmed!: boolean;

  @Column({ type: 'boolean', name: 'new_confirmed', default: false })
  newConfirmed!: boolean;

  /** The last day on which it may be confirmed. */
  @Column({ type: 'date', name: 'expires_on' })
  expiresOn!: string;
}
