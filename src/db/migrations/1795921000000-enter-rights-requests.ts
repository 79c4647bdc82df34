// Requests that came by mail or by telephone: how each came, and which data protection officer has entered it.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EnterRightsRequests1795921000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE rights_request
        ADD COLUMN channel text NOT NULL DEFAULT 'online'
          CONSTRAINT rights_request_channel_check CHECK (channel ~ '^[a-z]+(-[a-z]+)*$'),
        ADD COLUMN entered_by uuid
          CONSTRAINT rights_request_entered_by_fkey REFERENCES account ON DELETE SET NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE rights_request DROP COLUMN channel, DROP COLUMN entered_by');
  }
}
