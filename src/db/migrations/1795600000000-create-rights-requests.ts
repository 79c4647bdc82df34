// Makes the tables of rights requests. Whose a request is stands in one column, which empties when the account goes: what is
// left then are kind, law, days and outcome. What people write is sealed, and so are the names of who acts for them.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const DAY = (column: string) => `CHECK (${column} BETWEEN '2000-01-01' AND '2999-12-31')`;
const VERSION_4 = (column: string) => `CHECK ((get_byte(uuid_send(${column}), 6) >> 4) = 4)`;
const WORDS = (column: string) => `CHECK (${column} ~ '^[a-z]+(-[a-z]+)*$')`;
const SEALED = (column: string) => `CHECK (${column} ~ '^[A-Za-z0-9_-]+$')`;
const OF_REQUEST = (table: string) =>
  `uuid NOT NULL CONSTRAINT ${table}_request_id_fkey REFERENCES rights_request (id) ON DELETE CASCADE`;

export class CreateRightsRequests1795600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE account ADD COLUMN restricts_processing boolean NOT NULL DEFAULT false',
    );
    await queryRunner.query('CREATE INDEX account_restricting ON account (id) WHERE restricts_processing');
    await queryRunner.query(`
      CREATE TABLE rights_request (
        id uuid NOT NULL CONSTRAINT rights_request_pkey PRIMARY KEY ${VERSION_4('id')},
        account_id uuid CONSTRAINT rights_request_account_id_fkey REFERENCES account (id) ON DELETE SET NULL,
        kind text NOT NULL ${WORDS('kind')},
        status text NOT NULL ${WORDS('status')},
        law text NOT NULL ${WORDS('law')},
        received_on date NOT NULL ${DAY('received_on')},
        due_on date ${DAY('due_on')},
        paused_on date ${DAY('paused_on')},
        paused_days integer NOT NULL DEFAULT 0 CHECK (paused_days BETWEEN 0 AND 16777215),
        closed_on date ${DAY('closed_on')},
        erases_on date ${DAY('erases_on')},
        extension_reason text ${WORDS('extension_reason')},
        denial_reason text ${WORDS('denial_reason')},
        verification text ${WORDS('verification')},
        handler_id uuid CONSTRAINT rights_request_handler_id_fkey REFERENCES account (id) ON DELETE SET NULL,
        reminded_at integer CHECK (reminded_at BETWEEN -1 AND 31),
        sealed_details text ${SEALED('sealed_details')},
        sealed_answer text ${SEALED('sealed_answer')}
      )`);
    await queryRunner.query('CREATE INDEX rights_request_account_id ON rights_request (account_id)');
    await queryRunner.query(
      'CREATE INDEX rights_request_open ON rights_request (due_on, id) WHERE closed_on IS NULL',
    );
    await queryRunner.query(
      'CREATE UNIQUE INDEX rights_request_open_once ON rights_request (account_id, kind) WHERE closed_on IS NULL',
    );
    await queryRunner.query(`
      CREATE TABLE rights_request_event (
        request_id ${OF_REQUEST('rights_request_event')},
        sequence integer NOT NULL CHECK (sequence BETWEEN 1 AND 1000),
        status text NOT NULL ${WORDS('status')},
        day date NOT NULL ${DAY('day')},
        CONSTRAINT rights_request_event_pkey PRIMARY KEY (request_id, sequence)
      )`);
    await queryRunner.query(`
      CREATE TABLE rights_request_subject (
        request_id ${OF_REQUEST('rights_request_subject')},
        sealed_email text NOT NULL ${SEALED('sealed_email')},
        email_digest text NOT NULL CHECK (email_digest ~ '^[A-Za-z0-9_-]{43}$'),
        links_sent integer NOT NULL CHECK (links_sent BETWEEN 0 AND 3),
        expires_on date NOT NULL ${DAY('expires_on')},
        CONSTRAINT rights_request_subject_pkey PRIMARY KEY (request_id)
      )`);
    await queryRunner.query(
      'CREATE INDEX rights_request_subject_email ON rights_request_subject (email_digest)',
    );
    await queryRunner.query(`
      CREATE TABLE drp_agent (
        id text COLLATE "C" NOT NULL CONSTRAINT drp_agent_pkey PRIMARY KEY CHECK (id ~ '^[A-Z_]{1,64}$'),
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        verify_key text NOT NULL CHECK (verify_key ~ '^[A-Za-z0-9+/]{43}=$'),
        web_url text NOT NULL CHECK (length(web_url) BETWEEN 1 AND 2000),
        callback_origin text CHECK (length(callback_origin) BETWEEN 1 AND 2000),
        token_version integer NOT NULL DEFAULT 0 CHECK (token_version BETWEEN 0 AND 16777215)
      )`);
    await queryRunner.query(`
      CREATE TABLE drp_message (
        digest text COLLATE "C" NOT NULL CONSTRAINT drp_message_pkey PRIMARY KEY
          CHECK (digest ~ '^[A-Za-z0-9_-]{43}$'),
        expires_on date NOT NULL ${DAY('expires_on')}
      )`);
    await queryRunner.query(`
      CREATE TABLE rights_request_agent (
        request_id ${OF_REQUEST('rights_request_agent')},
        drp_agent_id text COLLATE "C"
          CONSTRAINT rights_request_agent_drp_agent_id_fkey REFERENCES drp_agent (id) ON DELETE SET NULL,
        sealed_contact text NOT NULL ${SEALED('sealed_contact')},
        callback_tries integer CHECK (callback_tries BETWEEN 0 AND 1000),
        CONSTRAINT rights_request_agent_pkey PRIMARY KEY (request_id)
      )`);
    await queryRunner.query(
      'CREATE INDEX rights_request_agent_drp_agent_id ON rights_request_agent (drp_agent_id)',
    );
    await queryRunner.query(`
      CREATE TABLE rights_request_document (
        id uuid NOT NULL CONSTRAINT rights_request_document_pkey PRIMARY KEY ${VERSION_4('id')},
        request_id ${OF_REQUEST('rights_request_document')},
        kind text NOT NULL ${WORDS('kind')},
        media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg')),
        octets integer NOT NULL CHECK (octets BETWEEN 1 AND 10485760),
        sealed_content text NOT NULL ${SEALED('sealed_content')},
        CONSTRAINT rights_request_document_once UNIQUE (request_id, kind)
      )`);
    await queryRunner.query(`
      CREATE TABLE rights_export (
        request_id ${OF_REQUEST('rights_export')},
        progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
        octets integer CHECK (octets > 0),
        expires_on date ${DAY('expires_on')},
        CONSTRAINT rights_export_pkey PRIMARY KEY (request_id)
      )`);
    await queryRunner.query(`
      CREATE TABLE rights_export_part (
        request_id uuid NOT NULL
          CONSTRAINT rights_export_part_request_id_fkey REFERENCES rights_export (request_id) ON DELETE CASCADE,
        number integer NOT NULL CHECK (number BETWEEN 0 AND 1000000),
        sealed_content text NOT NULL ${SEALED('sealed_content')},
        CONSTRAINT rights_export_part_pkey PRIMARY KEY (request_id, number)
      )`);
    await queryRunner.query(`
      CREATE TABLE erasure (
        account_id uuid NOT NULL CONSTRAINT erasure_pkey PRIMARY KEY ${VERSION_4('account_id')},
        request_id uuid CONSTRAINT erasure_request_id_fkey REFERENCES rights_request (id) ON DELETE SET NULL,
        step text NOT NULL ${WORDS('step')},
        sealed_rest text ${SEALED('sealed_rest')}
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'erasure',
      'rights_export_part',
      'rights_export',
      'rights_request_document',
      'rights_request_agent',
      'drp_message',
      'drp_agent',
      'rights_request_subject',
      'rights_request_event',
      'rights_request',
    ]) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
    await queryRunner.query('ALTER TABLE account DROP COLUMN restricts_processing');
  }
}
