// What every gateway has to agree with before it deletes or gives up anything: the installation's key, and the day.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateInstallation1795931000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE installation (
        id integer CONSTRAINT installation_pkey PRIMARY KEY CONSTRAINT installation_id_check CHECK (id = 1),
        key_check text,
        worked_on date
      )`);
    await queryRunner.query('INSERT INTO installation (id) VALUES (1)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE installation');
  }
}
