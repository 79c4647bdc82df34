// Appeals of denials, which some states of the US give; and several corrections at once, which are about
// different things.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPEN_ONCE = 'CREATE UNIQUE INDEX rights_request_open_once ON rights_request (account_id, kind) WHERE';

export class RightsAppeals1795914001000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE rights_request
        ADD COLUMN appealed_on date
          CONSTRAINT rights_request_appealed_on_check CHECK (appealed_on BETWEEN '2000-01-01' AND '2999-12-31'),
        ADD COLUMN appeal_outcome text
          CONSTRAINT rights_request_appeal_outcome_check CHECK (appeal_outcome ~ '^[a-z]+(-[a-z]+)*$'),
        ADD COLUMN sealed_appeal text
          CONSTRAINT rights_request_sealed_appeal_check CHECK (sealed_appeal ~ '^[A-Za-z0-9_-]+$')`);
    await queryRunner.query('DROP INDEX rights_request_open_once');
    await queryRunner.query(`${OPEN_ONCE} closed_on IS NULL AND kind <> 'correction'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX rights_request_open_once');
    await queryRunner.query(`${OPEN_ONCE} closed_on IS NULL`);
    await queryRunner.query(
      'ALTER TABLE rights_request DROP COLUMN appealed_on, DROP COLUMN appeal_outcome, DROP COLUMN sealed_appeal',
    );
  }
}
