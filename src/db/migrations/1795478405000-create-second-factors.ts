// Makes the tables of second factors: `totp`, `recovery_code` and `passkey`.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSecondFactors1795478405000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE totp (
        account_id uuid NOT NULL CONSTRAINT totp_pkey PRIMARY KEY
          CONSTRAINT totp_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        sealed_secret text NOT NULL,
        confirmed boolean NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE recovery_code (
        account_id uuid NOT NULL
          CONSTRAINT recovery_code_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        digest text NOT NULL,
        CONSTRAINT recovery_code_pkey PRIMARY KEY (account_id, digest)
      )`);
    await queryRunner.query(`
      CREATE TABLE passkey (
        id uuid NOT NULL CONSTRAINT passkey_pkey PRIMARY KEY,
        account_id uuid NOT NULL
          CONSTRAINT passkey_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        credential_id text NOT NULL CONSTRAINT passkey_credential_id_key UNIQUE,
        public_key text NOT NULL,
        counter text NOT NULL,
        label text NOT NULL,
        backed_up boolean NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX passkey_account_id_idx ON passkey (account_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE passkey');
    await queryRunner.query('DROP TABLE recovery_code');
    await queryRunner.query('DROP TABLE totp');
  }
}
