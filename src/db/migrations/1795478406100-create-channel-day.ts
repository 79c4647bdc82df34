// Makes the table `channel_day`.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateChannelDay1795478406100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE channel_day (
        day date NOT NULL,
        channel text NOT NULL,
        platform text NOT NULL,
        visits integer NOT NULL DEFAULT 0,
        sign_ups integer NOT NULL DEFAULT 0,
        CONSTRAINT channel_day_pkey PRIMARY KEY (day, channel, platform)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE channel_day');
  }
}
