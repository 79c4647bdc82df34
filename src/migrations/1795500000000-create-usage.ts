// Makes the tables of usage statistics. None of their columns can hold a time of day or an address: text has a shape, and
// numbers end where IPv4 addresses, read as numbers, begin (0.x.y.z is no address of a host, RFC 1122 section 3.2.1.3).
import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATISTICS = `
  location text COLLATE "C" NOT NULL CHECK (location ~ '^[a-z]{2}(-[a-z]+)+$'),
  country text COLLATE "C" NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  provider integer NOT NULL CHECK (provider BETWEEN 0 AND 16777215),
  megabytes integer NOT NULL CHECK (megabytes BETWEEN 0 AND 16777215),
  connected boolean NOT NULL`;

export class CreateUsage1795500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE account ADD COLUMN objects_to_statistics boolean NOT NULL DEFAULT false',
    );
    await queryRunner.query('CREATE INDEX account_objecting ON account (id) WHERE objects_to_statistics');
    await queryRunner.query(`
      CREATE TABLE vpn_node (
        id uuid NOT NULL CONSTRAINT vpn_node_pkey PRIMARY KEY,
        name text NOT NULL CONSTRAINT vpn_node_name_key UNIQUE,
        location text NOT NULL,
        token_version integer NOT NULL DEFAULT 1
      )`);
    await queryRunner.query(`
      CREATE TABLE usage_handle (
        handle uuid NOT NULL CONSTRAINT usage_handle_pkey PRIMARY KEY,
        account_id uuid NOT NULL
          CONSTRAINT usage_handle_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        retired_on date
      )`);
    await queryRunner.query('CREATE INDEX usage_handle_account_id ON usage_handle (account_id)');
    await queryRunner.query(
      'CREATE UNIQUE INDEX usage_handle_current ON usage_handle (account_id) WHERE retired_on IS NULL',
    );
    // Whatever makes an account, it has a handle from then on.
    await queryRunner.query(`
      CREATE FUNCTION account_has_usage_handle() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO usage_handle (handle, account_id) VALUES (gen_random_uuid(), NEW.id);
        RETURN NULL;
      END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER account_has_usage_handle AFTER INSERT ON account
        FOR EACH ROW EXECUTE FUNCTION account_has_usage_handle()`);
    await queryRunner.query(
      'INSERT INTO usage_handle (handle, account_id) SELECT gen_random_uuid(), id FROM account',
    );
    await queryRunner.query(`
      CREATE TABLE usage_report (
        id uuid NOT NULL CONSTRAINT usage_report_pkey PRIMARY KEY,
        day date NOT NULL,
        revision integer NOT NULL,
        digest text NOT NULL
      )`);
    await queryRunner.query(`
      CREATE TABLE usage_report_row (
        report_id uuid NOT NULL,
        day date NOT NULL,
        account_id uuid NOT NULL,
        ${STATISTICS},
        CONSTRAINT usage_report_row_pkey PRIMARY KEY (account_id, report_id, location, country, provider, day)
      ) PARTITION BY LIST (day)`);
    await queryRunner.query(`
      CREATE TABLE usage_day (
        day date NOT NULL,
        account_id uuid NOT NULL,
        ${STATISTICS},
        CONSTRAINT usage_day_pkey PRIMARY KEY (account_id, day, location, country, provider)
          INCLUDE (megabytes, connected)
      ) PARTITION BY RANGE (day)`);
    await queryRunner.query(`
      CREATE TABLE service_quality (
        day date NOT NULL,
        location text COLLATE "C" NOT NULL,
        provider integer NOT NULL,
        accounts integer NOT NULL CHECK (accounts >= 20 AND accounts % 20 = 0),
        failed integer NOT NULL CHECK (failed >= 0 AND failed % 20 = 0),
        CONSTRAINT service_quality_pkey PRIMARY KEY (day, location, provider)
      )`);
    await queryRunner.query(`
      CREATE TABLE app_version (
        account_id uuid NOT NULL
          CONSTRAINT app_version_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        platform text COLLATE "C" NOT NULL CHECK (platform ~ '^[a-z]+(-[a-z]+)*$'),
        version text COLLATE "C" NOT NULL
          CHECK (version ~ '^[0-9]{1,4}([.][0-9]{1,5}){0,2}(-(alpha|beta|rc)([.][0-9]{1,3})?)?$'),
        CONSTRAINT app_version_pkey PRIMARY KEY (account_id, platform, version)
      )`);
    await queryRunner.query(`
      CREATE TABLE staff_access (
        id uuid NOT NULL CONSTRAINT staff_access_pkey PRIMARY KEY,
        account_id uuid NOT NULL
          CONSTRAINT staff_access_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        day date NOT NULL,
        staff_id uuid CONSTRAINT staff_access_staff_id_fkey REFERENCES account (id) ON DELETE SET NULL,
        reason text NOT NULL CHECK (reason ~ '^[a-z]+(-[a-z]+)*$'),
        case_reference text NOT NULL CHECK (case_reference ~ '^[A-Za-z0-9_-]{0,64}$'),
        CONSTRAINT staff_access_once UNIQUE (account_id, day, staff_id, reason, case_reference)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'staff_access',
      'app_version',
      'service_quality',
      'usage_day',
      'usage_report_row',
      'usage_report',
    ]) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
    await queryRunner.query('DROP TRIGGER account_has_usage_handle ON account');
    await queryRunner.query('DROP FUNCTION account_has_usage_handle');
    await queryRunner.query('DROP TABLE usage_handle');
    await queryRunner.query('DROP TABLE vpn_node');
    await queryRunner.query('ALTER TABLE account DROP COLUMN objects_to_statistics');
  }
}
