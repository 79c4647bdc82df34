// Makes the table `account`.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAccount1795392000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE account (
        id uuid CONSTRAINT account_pkey PRIMARY KEY,
        email text NOT NULL CONSTRAINT account_email_key UNIQUE,
        password_hash text NOT NULL,
        role text NOT NULL CONSTRAINT account_role_check CHECK (role IN ('user', 'admin'))
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE account');
  }
}
