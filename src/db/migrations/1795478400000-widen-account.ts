// Gives accounts a profile, and staff its roles.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class WidenAccount1795478400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE account
        ADD COLUMN name text,
        ADD COLUMN locale text NOT NULL DEFAULT 'en'
          CONSTRAINT account_locale_check CHECK (locale IN ('en', 'de', 'es')),
        ADD COLUMN country text,
        ADD COLUMN version integer NOT NULL DEFAULT 1,
        DROP CONSTRAINT account_role_check,
        ADD CONSTRAINT account_role_check CHECK (role IN ('user', 'support', 'dpo', 'admin'))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE account
        DROP COLUMN name,
        DROP COLUMN locale,
        DROP COLUMN country,
        DROP COLUMN version,
        DROP CONSTRAINT account_role_check,
        ADD CONSTRAINT account_role_check CHECK (role IN ('user', 'admin'))`);
  }
}
