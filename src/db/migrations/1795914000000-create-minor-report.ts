// Makes the table of accounts that staff have reported as those of somebody too young: each is erased on its day, unless the
// report is withdrawn before.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMinorReport1795914000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE minor_report (
        account_id uuid NOT NULL CONSTRAINT minor_report_pkey PRIMARY KEY
          CONSTRAINT minor_report_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        case_reference text NOT NULL CHECK (case_reference ~ '^[A-Za-z0-9_-]{1,64}$'),
        erases_on date NOT NULL CHECK (erases_on BETWEEN '2000-01-01' AND '2999-12-31'),
        staff_id uuid CONSTRAINT minor_report_staff_id_fkey REFERENCES account (id) ON DELETE SET NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE minor_report');
  }
}
