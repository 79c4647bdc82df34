import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { type Day, daysAfter, today } from '../../src/lib/calendar.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { AccountUseService } from '../../src/services/account/account-use.js';
import { IdleAccounts } from '../../src/services/erasure/idle-accounts.js';
import { UsageClosing } from '../../src/services/usage/day-closing.js';
import { storeUsage } from '../support/people/usage.js';
import { overtaken } from '../support/stores/overtaken.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

let database: UsageDatabase;
let source: DataSource;
let now = 0;
const clock = () => now;
const outbox = new Outbox(new Keyring(Buffer.alloc(32, 1)));
beforeAll(async () => {
  database = await usageDatabase();
  source = await createDataSource(database.url).initialize();
});
afterAll(async () => {
  await source?.destroy();
  await database?.drop();
});
beforeEach(async () => {
  now = Date.parse('2027-02-15T12:00:00Z');
  await source.query('DELETE FROM account');
  await source.query('DELETE FROM graphile_worker._private_jobs');
});

let erased: string[] = [];
function idle(reader = source) {
  erased = [];
  const erasure = {
    async write(_manager: unknown, accountId: string) {
      erased.push(accountId);
      return true;
    },
  };
  return new IdleAccounts({ database: reader, erasure, outbox, idleMonths: 24, clock });
}
const use = () => new AccountUseService({ database: source, clock });
async function newAccount(role = 'user'): Promise<string> {
  const id = randomUUID();
  await source.query("INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, '', $3)", [
    id,
    `${id}@example.com`,
    role,
  ]);
  return id;
}
const rows = () =>
  source.query('SELECT quarter::text, notices, next_on::text AS "nextOn" FROM account_use ORDER BY quarter');
const mails = async () =>
  (await source.query('SELECT payload FROM graphile_worker._private_jobs ORDER BY id')).map(
    ({ payload }: { payload: unknown }) => outbox.open(payload),
  );
const at = (day: string) => {
  now = Date.parse(`${day}T12:00:00Z`);
};

it('keeps the quarter of the last use, and writes it once a quarter', async () => {
  const id = await newAccount();
  await use().mark(id);
  expect(await rows()).toEqual([{ quarter: '2027-01-01', notices: 0, nextOn: null }]);
  const before = await source.query('SELECT xmin FROM account_use');
  at('2027-03-31');
  await use().mark(id);
  expect(await source.query('SELECT xmin FROM account_use')).toEqual(before);
  at('2027-04-01');
  await use().mark(id);
  expect(await rows()).toEqual([{ quarter: '2027-04-01', notices: 0, nextOn: null }]);
  await use().mark(randomUUID());
  expect(await rows()).toHaveLength(1);
});

it('writes to the owner twice, and erases the account when the days of grace are over', async () => {
  const accountId = await newAccount();
  await idle().run();
  at('2029-03-31');
  await idle().run();
  expect(await mails()).toEqual([]);
  // Two years after the last day of the quarter.
  at('2029-04-01');
  await idle().run();
  await idle().run();
  const mail = { template: 'idle-account', accountId };
  expect(await mails()).toEqual([mail]);
  expect(await rows()).toEqual([{ quarter: '2027-01-01', notices: 1, nextOn: '2029-05-31' }]);
  at('2029-05-31');
  await idle().run();
  await idle().run();
  expect(await mails()).toEqual([mail, mail]);
  expect(await rows()).toEqual([{ quarter: '2027-01-01', notices: 2, nextOn: '2029-06-30' }]);
  at('2029-06-29');
  await idle().run();
  expect(erased).toEqual([]);
  at('2029-06-30');
  await idle().run();
  expect(erased).toEqual([accountId]);
});

it('begins from the front when somebody signs in, also after a gateway has read the list', async () => {
  const accountId = await newAccount();
  await idle().run();
  for (const day of ['2029-04-01', '2029-05-31']) {
    at(day);
    await idle().run();
  }
  at('2029-06-30');
  await idle(overtaken(source, 'FROM account_use', () => use().mark(accountId))).run();
  expect(erased).toEqual([]);
  expect(await rows()).toEqual([{ quarter: '2029-04-01', notices: 0, nextOn: null }]);
});

it('leaves staff alone, and people who have restricted processing or wait for an answer', async () => {
  await newAccount('support');
  const restricting = await newAccount();
  await source.query('UPDATE account SET restricts_processing = true WHERE id = $1', [restricting]);
  const waiting = await newAccount();
  await source.query(
    `INSERT INTO rights_request (id, account_id, kind, status, law, received_on)
     VALUES ($1, $2, 'complaint', 'in-progress', 'gdpr', '2027-01-01')`,
    [randomUUID(), waiting],
  );
  await idle().run();
  at('2030-01-01');
  await idle().run();
  expect(await mails()).toEqual([]);
});

it('counts a day with usage as use when it is closed, but not for who objects to statistics', async () => {
  const [accountId, objecting] = [await newAccount(), await newAccount()];
  const day = daysAfter(today(), -10) as Day;
  await source.query('UPDATE account SET objects_to_statistics = true WHERE id = $1', [objecting]);
  await storeUsage(
    database.url,
    'open',
    [accountId, objecting].map((id) => ({ accountId: id, day })),
  );
  await new UsageClosing(database.pool, 3).closeDays();
  expect(await source.query('SELECT account_id AS "accountId" FROM account_use')).toEqual([{ accountId }]);
  const [{ quarter }] = await rows();
  expect(quarter.slice(0, 7) <= day.slice(0, 7)).toBe(true);
  await source.query('DELETE FROM usage_day');
});
