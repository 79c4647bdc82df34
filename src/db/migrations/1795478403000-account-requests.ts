// Makes the tables of what waits for a link in a mail: sign-ups, password resets, changes of the e-mail address.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AccountRequests1795478403000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE sign_up (
        id uuid CONSTRAINT sign_up_pkey PRIMARY KEY,
        email text NOT NULL,
        password_hash text NOT NULL,
        name text,
        locale text NOT NULL CONSTRAINT sign_up_locale_check CHECK (locale IN ('en', 'de', 'es')),
        country text NOT NULL,
        expires_on date NOT NULL
      );
      CREATE INDEX sign_up_email_idx ON sign_up (email);
      CREATE TABLE password_reset (
        id uuid CONSTRAINT password_reset_pkey PRIMARY KEY,
        email text NOT NULL,
        expires_on date NOT NULL
      );
      CREATE INDEX password_reset_email_idx ON password_reset (email);
      CREATE TABLE email_change (
        id uuid CONSTRAINT email_change_pkey PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT email_change_account_id_key UNIQUE
          CONSTRAINT email_change_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        new_email text NOT NULL,
        old_confirmed boolean NOT NULL DEFAULT false,
        new_confirmed boolean NOT NULL DEFAULT false,
        expires_on date NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE email_change, password_reset, sign_up');
  }
}
