// The table `policy_acceptance`: under which versions of the privacy policy an account has used the product.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Account } from '../account/account.js';

@Entity('policy_acceptance')
export class PolicyAcceptance {
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'policy_acceptance_pkey' })
  @ForeignKey(() => Account, { name: 'policy_acceptance_account_id_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  /** As in policy/versions.json. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'policy_acceptance_pkey' })
  version!: string;

  /** The day (UTC) of the first use under the version. */
  @Column({ type: 'date', name: 'accepted_on' })
  acceptedOn!: string;
}
