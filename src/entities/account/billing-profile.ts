// The table `billing_profile`: what stands on an account's invoices. How it pays is known to the payment processor alone.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Account } from './account.js';

@Entity('billing_profile')
export class BillingProfile {
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName: 'billing_profile_pkey' })
  @ForeignKey(() => Account, { name: 'billing_profile_account_id_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', name: 'address_line1' })
  addressLine1!: string;

  @Column({ type: 'text', name: 'address_line2', nullable: true })
  addressLine2!: string | null;

  @Column({ type: 'text', name: 'postal_code', nullable: true })
  postalCode!: string | null;

  @Column({ type: 'text' })
  city!: string;

  /** State, province or county. */
  @Column({ type: 'text', nullable: true })
  region!: string | null;

  /** ISO 3166-1 alpha-2. */
  @Column({ type: 'text' })
  country!: string;

  /** Letters and digits alone. */
  @Column({ type: 'text', name: 'tax_number', nullable: true })
  taxNumber!: string | null;

  /** The payment processor's name for the customer; opaque. */
  @Column({ type: 'text', name: 'payment_reference', nullable: true })
  paymentReference!: string | null;

  /** Goes up with each change, so that the second of two concurrent writers gets a conflict. */
  @Column({ type: 'integer' })
  version!: number;
}
