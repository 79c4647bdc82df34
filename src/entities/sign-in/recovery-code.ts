// The table `recovery_code`: digests of the codes that an account has not used yet.
import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Account } from '../account/account.js';

@Entity('recovery_code')
export class RecoveryCode {
  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'recovery_code_account_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'recovery_code_pkey' })
  accountId!: string;

  /** Made with a key that no store holds. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'recovery_code_pkey' })
  digest!: string;
}
