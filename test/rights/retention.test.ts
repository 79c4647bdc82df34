import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { privacyLawsFile } from '../../src/config/policy.js';
import type { Day } from '../../src/lib/calendar.js';
import { RetentionService } from '../../src/services/erasure/retention.js';
import { loadPrivacyLaws } from '../../src/services/policy/laws.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

const NOW = Date.parse('2028-02-29T00:30:00Z');
const [BEFORE, TODAY] = ['2028-02-28', '2028-02-29'] as Day[];

let database: UsageDatabase;
let retention: RetentionService;
let accounts: string[];
beforeAll(async () => {
  database = await usageDatabase();
  retention = new RetentionService(database.pool, 13, await loadPrivacyLaws(privacyLawsFile));
  accounts = await database.accounts(2);
});
afterAll(() => database?.drop());

async function request(law: string, closedOn: Day | null): Promise<string> {
  const id = randomUUID();
  await database.query(
    `INSERT INTO rights_request (id, kind, status, law, received_on, closed_on)
     VALUES ($1, 'access', $2, $3, '2024-01-01', $4)`,
    [id, closedOn === null ? 'in-progress' : 'fulfilled', law, closedOn],
  );
  return id;
}
const left = async (table: string, column: string) =>
  (await database.query(`SELECT ${column}::text AS day FROM ${table} ORDER BY 1`)).map(({ day }) => day);

it('what waits for a link goes when its last day is over, and not before; a dry run only lists', async () => {
  for (const [index, day] of [BEFORE, TODAY].entries()) {
    await database.query(
      `INSERT INTO sign_up (id, email, password_hash, locale, country, expires_on)
       VALUES ($1, 'anna@example.com', '', 'en', 'DE', $2)`,
      [randomUUID(), day],
    );
    await database.query(
      "INSERT INTO password_reset (id, email, expires_on) VALUES ($1, 'anna@example.com', $2)",
      [randomUUID(), day],
    );
    await database.query(
      "INSERT INTO email_change (id, account_id, new_email, expires_on) VALUES ($1, $2, 'a@example.org', $3)",
      [randomUUID(), accounts[index], day],
    );
  }
  const waiting = ['sign-up', 'password-reset', 'email-change'];
  const told = (state: string) =>
    waiting.map((what) => ({ what, part: 'pending', month: '2028-02', rows: 1, state }));
  expect(await retention.run({ dryRun: true, now: NOW })).toEqual(told('due'));
  expect(await retention.run({ dryRun: false, now: NOW })).toEqual(told('dropped'));
  for (const what of waiting) expect(await left(what.replace('-', '_'), 'expires_on')).toEqual([TODAY]);
});

it('of a request first the data export goes, then who asked for whom, and at last that it was made', async () => {
  const open = await request('gdpr', null);
  const closed = await request('gdpr', '2027-12-30' as Day);
  const lately = await request('gdpr', '2027-12-31' as Day);
  for (const id of [open, closed, lately]) {
    await database.query("INSERT INTO rights_request_agent (request_id, sealed_contact) VALUES ($1, 'x')", [
      id,
    ]);
  }
  for (const [id, day] of [
    [closed, BEFORE],
    [lately, TODAY],
  ] as const) {
    await database.query(
      `INSERT INTO rights_export (request_id, build, bytes, expires_on)
       VALUES ($1, gen_random_uuid(), 1, $2)`,
      [id, day],
    );
    await database.query(
      `INSERT INTO rights_export_part (request_id, number, sealed_content) VALUES ($1, 0, 'x')`,
      [id],
    );
  }
  // 36 months under the GDPR, 24 under the CPRA (policy/privacy-laws.json).
  for (const [law, day] of [
    ['gdpr', '2025-02-27'],
    ['gdpr', '2025-02-28'],
    ['cpra', '2026-02-27'],
    ['cpra', '2026-02-28'],
  ] as const) {
    await request(law, day as Day);
  }
  const row = { part: 'rights', rows: 1, state: 'dropped' };
  expect(await retention.run({ dryRun: false, now: NOW })).toEqual([
    { what: 'data-export', month: '2028-02', ...row },
    { what: 'agent', month: '2027-12', ...row },
    { what: 'rights-request', month: '2025-02', ...row },
    { what: 'rights-request', month: '2026-02', ...row },
  ]);
  expect(await left('rights_export_part', 'request_id')).toEqual([lately]);
  expect(await left('rights_request_agent', 'request_id')).toEqual([open, lately].sort());
  const days = await left('rights_request', 'closed_on');
  expect(days).toEqual(['2025-02-28', '2026-02-28', '2027-12-30', '2027-12-31', null]);
});
