// The table `consent`: the ledger of what a person has agreed or objected to. Its rows are never changed, and go only with
// the account; the database itself sees to that.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Account } from '../account/account.js';

export type ConsentPurpose =
  | 'marketing'
  | 'diagnostics'
  | 'analytics-cookies'
  | 'advertising-cookies'
  | 'sharing';

/**
 * The person by their own choice, their browser's Global Privacy Control, a mail's unsubscribe link, an authorised agent, or
 * somebody who gave the address, where the law lets nobody ask who that is.
 */
export type ConsentSource = 'person' | 'gpc' | 'unsubscribe' | 'agent' | 'somebody';

@Entity('consent')
export class Consent {
  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'consent_account_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'consent_pkey' })
  accountId!: string;

  /** Counts the account's own entries from 1. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'consent_pkey' })
  sequence!: number;

  @Column({ type: 'text' })
  purpose!: ConsentPurpose;

  /** With whom data is shared: an id of the register of processors; empty for all of them, and for other purposes. */
  @Column({ type: 'text' })
  processor!: string;

  @Column({ type: 'boolean' })
  granted!: boolean;

  @Column({ type: 'text' })
  source!: ConsentSource;

  /** The version of the privacy policy that was in force. */
  @Column({ type: 'text', name: 'policy_version' })
  policyVersion!: string;

  @Column({ type: 'date' })
  day!: string;
}
