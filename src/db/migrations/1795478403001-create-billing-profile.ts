// Makes the table `billing_profile`.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBillingProfile1795478403001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE billing_profile (
        account_id uuid CONSTRAINT billing_profile_pkey PRIMARY KEY
          CONSTRAINT billing_profile_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        name text NOT NULL,
        address_line1 text NOT NULL,
        address_line2 text,
        postal_code text,
        city text NOT NULL,
        region text,
        country text NOT NULL,
        tax_number text,
        payment_reference text,
        version integer NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE billing_profile');
  }
}
