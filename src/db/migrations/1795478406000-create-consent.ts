// Makes the table `consent`, a ledger: rows are added, never changed, and deleted only with the account.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateConsent1795478406000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE consent (
        account_id uuid NOT NULL
          CONSTRAINT consent_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        sequence integer NOT NULL,
        purpose text NOT NULL,
        processor text NOT NULL,
        granted boolean NOT NULL,
        source text NOT NULL,
        policy_version text NOT NULL,
        day date NOT NULL,
        CONSTRAINT consent_pkey PRIMARY KEY (account_id, sequence)
      )`);
    // The cascade comes after the account's own deletion: whoever deletes a row while the account is there is another.
    await queryRunner.query(`
      CREATE FUNCTION consent_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM account WHERE id = OLD.account_id) THEN
          RETURN OLD;
        END IF;
        RAISE EXCEPTION 'consent is append-only' USING ERRCODE = 'restrict_violation';
      END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER consent_rows_stay BEFORE UPDATE OR DELETE ON consent
        FOR EACH ROW EXECUTE FUNCTION consent_is_append_only()`);
    await queryRunner.query(`
      CREATE TRIGGER consent_stays BEFORE TRUNCATE ON consent
        FOR EACH STATEMENT EXECUTE FUNCTION consent_is_append_only()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE consent');
    await queryRunner.query('DROP FUNCTION consent_is_append_only');
  }
}
