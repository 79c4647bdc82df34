// Makes the tables `policy_acceptance` and `policy_notice`.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePolicyAcceptance1795478407000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE policy_acceptance (
        account_id uuid NOT NULL
          CONSTRAINT policy_acceptance_account_id_fkey REFERENCES account ON DELETE CASCADE,
        version text NOT NULL,
        accepted_on date NOT NULL,
        CONSTRAINT policy_acceptance_pkey PRIMARY KEY (account_id, version)
      )`);
    await queryRunner.query(`
      CREATE TABLE policy_notice (
        version text CONSTRAINT policy_notice_pkey PRIMARY KEY,
        announced_on date NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE policy_notice');
    await queryRunner.query('DROP TABLE policy_acceptance');
  }
}
