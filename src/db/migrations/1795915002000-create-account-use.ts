// Makes the table of when accounts were last used, to the quarter. Accounts that there are count as used today.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAccountUse1795915002000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE account_use (
        account_id uuid NOT NULL CONSTRAINT account_use_pkey PRIMARY KEY
          CONSTRAINT account_use_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        quarter date NOT NULL CHECK (
          quarter BETWEEN '2000-01-01' AND '2999-12-31'
          AND extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)
        ),
        notices integer NOT NULL DEFAULT 0 CHECK (notices BETWEEN 0 AND 2),
        next_on date CHECK (next_on BETWEEN '2000-01-01' AND '2999-12-31')
      )`);
    await queryRunner.query('CREATE INDEX account_use_quarter ON account_use (quarter)');
    await queryRunner.query(
      `INSERT INTO account_use (account_id, quarter)
       SELECT id, date_trunc('quarter', now() AT TIME ZONE 'UTC')::date FROM account`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE account_use');
  }
}
