// The table `account`: a person's access to the product, and nothing about when or from where it is used.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

export type Role = 'user' | 'admin';

@Entity('account')
@Check('account_role_check', `role IN ('user', 'admin')`)
export class Account {
  /** UUID version 4, made by the application: version 7 and sequences would tell when the account was made. */
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
}
