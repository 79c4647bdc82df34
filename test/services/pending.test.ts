import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { today } from '../../src/day.js';
import { createLogger } from '../../src/operations/log.js';
import { migrate } from '../../src/services/migrate.js';
import { startPendingSweeper } from '../../src/services/pending.js';
import { dayFromNow } from '../support/gateway.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let database: FreshDatabase;
let source: DataSource;
beforeAll(async () => {
  database = await freshDatabase();
  source = await createDataSource(database.url).initialize();
  await migrate(source);
});
afterAll(async () => {
  await source?.destroy();
  await database?.drop();
});

const log = createLogger('gateway', () => {});

async function insert(expiresOn: string): Promise<void> {
  const accountId = randomUUID();
  await source.query(
    "INSERT INTO account (id, email, password_hash, role) VALUES ($1::uuid, $1::text, '', 'user')",
    [accountId],
  );
  await source.query(
    `INSERT INTO sign_up (id, email, password_hash, locale, country, expires_on)
     VALUES ($1, 'anna@example.com', '', 'en', 'DE', $2)`,
    [randomUUID(), expiresOn],
  );
  await source.query(
    "INSERT INTO password_reset (id, email, expires_on) VALUES ($1, 'anna@example.com', $2)",
    [randomUUID(), expiresOn],
  );
  await source.query(
    "INSERT INTO email_change (id, account_id, new_email, expires_on) VALUES ($1, $2, 'anna@example.org', $3)",
    [randomUUID(), accountId, expiresOn],
  );
}

it('what waits for a link is deleted when its last day is over, and not before', async () => {
  for (const day of [dayFromNow(-400), dayFromNow(-1), today(), dayFromNow(1)]) await insert(day);
  // Stopping waits for the pass that has begun.
  await startPendingSweeper(source, log).stop();
  for (const table of ['sign_up', 'password_reset', 'email_change']) {
    const left = await source.query(`SELECT expires_on::text AS day FROM ${table} ORDER BY 1`);
    expect(left, table).toEqual([{ day: today() }, { day: dayFromNow(1) }]);
  }
});
