// The table `totp`: the secret that an account shares with an authenticator app.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Account } from '../account/account.js';

@Entity('totp')
export class Totp {
  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'totp_account_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'totp_pkey' })
  accountId!: string;

  /** Under a key that no store holds. */
  @Column({ type: 'text', name: 'sealed_secret' })
  sealedSecret!: string;

  /** Whether a code has shown that the app has the secret; until then it opens nothing. */
  @Column({ type: 'boolean' })
  confirmed!: boolean;
}
