// The table `password_reset`: requests for a new password, made for any e-mail address, with an account or without.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('password_reset')
export class PasswordReset {
  /** UUID version 4, made by the application. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'password_reset_pkey' })
  id!: string;

  /** In lower case. */
  @Column({ type: 'text' })
  @Index('password_reset_email_idx')
  email!: string;

  /** The last day on which it may be used; its link ends sooner. */
  @Column({ type: 'date', name: 'expires_on' })
  expiresOn!: string;
}
