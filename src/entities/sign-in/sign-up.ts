// The table `sign_up`: accounts that wait for the person who asked for them to open the link in their mail.

import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Locale } from '../../lib/locale.js';

@Entity('sign_up')
@Check('sign_up_locale_check', `locale IN ('en', 'de', 'es')`)
export class SignUp {
  /** UUID version 4, made by the application. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'sign_up_pkey' })
  id!: string;

  /** In lower case; may stand here several times, and may have an account. */
  @Column({ type: 'text' })
  @Index('sign_up_email_idx')
  email!: string;

  /** Of the password that the account will have. Argon2id in the PHC string format. */
  @Column({ type: 'text', name: 'password_hash' })
  passwordHash!: string;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text' })
  locale!: Locale;

  /** ISO 3166-1 alpha-2. */
  @Column({ type: 'text' })
  country!: string;

  /** The last day on which it may be confirmed. */
  @Column({ type: 'date', name: 'expires_on' })
  expiresOn!: string;
}
