// Makes the tables of usage statistics. None of their columns can hold a time of day or an address: text has a shape; numbers
// end where IPv4 addresses, read as numbers, begin (0.x.y.z is no address of a host, RFC 1122 section 3.2.1.3), and days
// before those that such a number of days would lead to; and a UUID has its version where IPv6 addresses have other bits.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const LOCATION = `CHECK (location ~ '^[a-z]{2}(-[a-z]+)+$')`;
const PROVIDER = 'CHECK (provider BETWEEN 0 AND 16777215)';
const DAY = (column: string) => `CHECK (${column} BETWEEN '2000-01-01' AND '2999-12-31')`;
const VERSION = (version: number, column: string) =>
  `CHECK ((get_byte(uuid_send(${column}), 6) >> 4) = ${version})`;

const STATISTICS = `
  account_id uuid NOT NULL ${VERSION(4, 'account_id')},
  location text COLLATE "C" NOT NULL ${LOCATION},
  country text COLLATE "C" NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  provider integer NOT NULL ${PROVIDER},
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
        id uuid NOT NULL CONSTRAINT vpn_node_pkey PRIMARY KEY ${VERSION(4, 'id')},
        name text NOT NULL CONSTRAINT vpn_node_name_key UNIQUE
          CHECK (name ~ '^[a-z]+(-[a-z]+)*(-[0-9]{1,4})?$'),
        location text NOT NULL ${LOCATION},
        token_version integer NOT NULL DEFAULT 1 CHECK (token_version BETWEEN 1 AND 16777215)
      )`);
    await queryRunner.query(`
      CREATE TABLE usage_handle (
        handle uuid NOT NULL CONSTRAINT usage_handle_pkey PRIMARY KEY ${VERSION(4, 'handle')},
        account_id uuid NOT NULL
          CONSTRAINT usage_handle_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        retired_on date ${DAY('retired_on')}
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
        id uuid NOT NULL CONSTRAINT usage_report_pkey PRIMARY KEY ${VERSION(8, 'id')},
        day date NOT NULL ${DAY('day')},
        revision integer NOT NULL CHECK (revision BETWEEN 1 AND 1000),
        digest text NOT NULL CHECK (digest ~ '^[A-Za-z0-9_-]{43}$')
      )`);
    await queryRunner.query(`
      CREATE TABLE usage_report_row (
        report_id uuid NOT NULL ${VERSION(8, 'report_id')},
        day date NOT NULL ${DAY('day')},
        ${STATISTICS},
        CONSTRAINT usage_report_row_pkey PRIMARY KEY (account_id, report_id, location, country, provider, day)
      ) PARTITION BY LIST (day)`);
    await queryRunner.query(`
      CREATE TABLE usage_day (
        day date NOT NULL ${DAY('day')},
        ${STATISTICS},
        CONSTRAINT usage_day_pkey PRIMARY KEY (account_id, day, location, country, provider)
          INCLUDE (megabytes, connected)
      ) PARTITION BY RANGE (day)`);
    await queryRunner.query(`
      CREATE TABLE service_quality (
        day date NOT NULL ${DAY('day')},
        location text COLLATE "C" NOT NULL ${LOCATION},
        provider integer NOT NULL ${PROVIDER},
        accounts integer NOT NULL CHECK (accounts BETWEEN 20 AND 16777215 AND accounts % 20 = 0),
        failed integer NOT NULL CHECK (failed BETWEEN 0 AND 16777215 AND failed % 20 = 0),
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
        id uuid NOT NULL CONSTRAINT staff_access_pkey PRIMARY KEY ${VERSION(4, 'id')},
        account_id uuid NOT NULL
          CONSTRAINT staff_access_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
        day date NOT NULL ${DAY('day')},
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
