// Makes the tables of campaigns: `campaign`, its texts and its counts by day.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCampaign1795478402000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE campaign (
        id uuid NOT NULL CONSTRAINT campaign_pkey PRIMARY KEY,
        name text NOT NULL,
        sent_on date
      )`);
    await queryRunner.query(`
      CREATE TABLE campaign_text (
        campaign_id uuid NOT NULL
          CONSTRAINT campaign_text_campaign_id_fkey REFERENCES campaign (id) ON DELETE CASCADE,
        locale text NOT NULL CONSTRAINT campaign_text_locale_check CHECK (locale IN ('en', 'de', 'es')),
        subject text NOT NULL,
        body text NOT NULL,
        CONSTRAINT campaign_text_pkey PRIMARY KEY (campaign_id, locale)
      )`);
    await queryRunner.query(`
      CREATE TABLE campaign_day (
        campaign_id uuid NOT NULL
          CONSTRAINT campaign_day_campaign_id_fkey REFERENCES campaign (id) ON DELETE CASCADE,
        day date NOT NULL,
        sent integer NOT NULL DEFAULT 0,
        delayed integer NOT NULL DEFAULT 0,
        bounced integer NOT NULL DEFAULT 0,
        opened integer NOT NULL DEFAULT 0,
        CONSTRAINT campaign_day_pkey PRIMARY KEY (campaign_id, day)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE campaign_day');
    await queryRunner.query('DROP TABLE campaign_text');
    await queryRunner.query('DROP TABLE campaign');
  }
}
