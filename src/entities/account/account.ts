// The table `account`: a person's access to the product, and nothing about when or from where it is used.
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Locale } from '../../lib/locale.js';

/** `support`, `dpo` (data protection officer) and `admin` are staff. */
export type Role = 'user' | 'support' | 'dpo' | 'admin';

@Entity('account')
@Index('account_objecting', ['id'], { where: 'objects_to_statistics' })
@Index('account_restricting', ['id'], { where: 'restricts_processing' })
@Check('account_role_check', `role IN ('user', 'support', 'dpo', 'admin')`)
@Check('account_locale_check', `locale IN ('en', 'de', 'es')`)
export class Account {
  /** UUID version 4, made by the application: version 7 and sequences would reveal when the account was made. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** In lower case; unique. */
  @Column({ type: 'text', unique: true })
  email!: string;

  /** Argon2id in the PHC string format, with its salt and parameters. */
  @Column({ type: 'text', name: 'password_hash' })
  passwordHash!: string;

  @Column({ type: 'text' })
  role!: Role;

  /** What the person wants to be called; null when they have not said. */
  @Column({ type: 'text', nullable: true })
  name!: string | null;

  /** The language of mails. */
  @Column({ type: 'text', default: 'en' })
  locale!: Locale;

  /** Country of residence (ISO 3166-1 alpha-2); null for accounts that were made without one. */
  @Column({ type: 'text', nullable: true })
  country!: string | null;

  /** Goes up with each change of the profile, so that the second of two concurrent writers gets a conflict. */
  @Column({ type: 'integer', default: 1 })
  version!: number;

  /** Whether the person has objected to usage statistics: nothing new is written then (GDPR, Article 21). */
  @Column({ type: 'boolean', name: 'objects_to_statistics', default: false })
  objectsToStatistics!: boolean;

  /** Whether the person has restricted processing: what there is is kept, and used for nothing else (GDPR, Article 18). */
  @Column({ type: 'boolean', name: 'restricts_processing', default: false })
  restrictsProcessing!: boolean;
}
