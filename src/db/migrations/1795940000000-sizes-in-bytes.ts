// The sizes of documents and data exports are called what they are counted in.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['rights_request_document', 'rights_export'] as const;

export class SizesInBytes1795940000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await renameSizes(queryRunner, 'octets', 'bytes');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await renameSizes(queryRunner, 'bytes', 'octets');
  }
}

async function renameSizes(queryRunner: QueryRunner, from: string, to: string): Promise<void> {
  for (const table of TABLES) {
    await queryRunner.query(`ALTER TABLE ${table} RENAME COLUMN ${from} TO ${to}`);
    await queryRunner.query(
      `ALTER TABLE ${table} RENAME CONSTRAINT ${table}_${from}_check TO ${table}_${to}_check`,
    );
  }
}
