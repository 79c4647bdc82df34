// Agents confirm their own address before anybody is written to for them, ids of agents may hold digits, and a signed message
// names the request that came of it, so that the same message finds it again.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RightsAgents1795913000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE rights_request_agent
        ADD COLUMN confirmed boolean NOT NULL DEFAULT false,
        ADD COLUMN links_sent integer NOT NULL DEFAULT 0 CHECK (links_sent BETWEEN 0 AND 3)`);
    // Registered agents have signed, and for the others their people have been written to already.
    await queryRunner.query(`
      UPDATE rights_request_agent SET confirmed = true
      WHERE drp_agent_id IS NOT NULL
        OR request_id NOT IN (SELECT id FROM rights_request WHERE status = 'submitted')`);
    await queryRunner.query('ALTER TABLE drp_agent DROP CONSTRAINT drp_agent_id_check');
    await queryRunner.query(
      "ALTER TABLE drp_agent ADD CONSTRAINT drp_agent_id_check CHECK (id ~ '^[A-Z0-9_]{1,64}$')",
    );
    await queryRunner.query(`
      ALTER TABLE drp_message ADD COLUMN request_id uuid
        CONSTRAINT drp_message_request_id_fkey REFERENCES rights_request (id) ON DELETE CASCADE`);
    await queryRunner.query('CREATE INDEX drp_message_request_id ON drp_message (request_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE drp_message DROP COLUMN request_id');
    await queryRunner.query('ALTER TABLE drp_agent DROP CONSTRAINT drp_agent_id_check');
    // Not checked for what is there: an agent with a digit in its id stays.
    await queryRunner.query(
      "ALTER TABLE drp_agent ADD CONSTRAINT drp_agent_id_check CHECK (id ~ '^[A-Z_]{1,64}$') NOT VALID",
    );
    await queryRunner.query('ALTER TABLE rights_request_agent DROP COLUMN confirmed, DROP COLUMN links_sent');
  }
}
