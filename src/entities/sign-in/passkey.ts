// The table `passkey`: the public halves of the credentials that accounts have registered (Web Authentication Level 3),
// and nothing about when or where one was used.
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Account } from '../account/account.js';

@Entity('passkey')
@Unique('passkey_credential_id_key', ['credentialId'])
@Index('passkey_account_id_idx', ['accountId'])
export class Passkey {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'passkey_pkey' })
  id!: string;

  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'passkey_account_id_fkey' })
  @Column({ type: 'uuid', name: 'account_id' })
  accountId!: string;

  /** In base64url. */
  @Column({ type: 'text', name: 'credential_id' })
  credentialId!: string;

  /** COSE_Key (RFC 9052) in base64url. */
  @Column({ type: 'text', name: 'public_key' })
  publicKey!: string;

  /** Of signatures, up to 2^32 - 1, which `integer` does not hold: in decimal. Zero where an authenticator counts none. */
  @Column({ type: 'text' })
  counter!: string;

  /** What the person calls it; may be empty. */
  @Column({ type: 'text' })
  label!: string;

  /** Whether it is kept beyond one device, as the authenticator last said. */
  @Column({ type: 'boolean', name: 'backed_up' })
  backedUp!: boolean;
}
