// Each attempt at an archive has a name, so that two gateways never write parts of one archive.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NameBuildsOfArchives1795915001000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE rights_export ADD COLUMN build uuid NOT NULL DEFAULT gen_random_uuid()
         CHECK ((get_byte(uuid_send(build), 6) >> 4) = 4)`,
    );
    await queryRunner.query('ALTER TABLE rights_export ALTER COLUMN build DROP DEFAULT');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE rights_export DROP COLUMN build');
  }
}
