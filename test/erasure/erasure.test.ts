import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import type { NewNetwork } from '../../src/allowlist/networks.js';
import { NO_PREFERENCES } from '../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { privacyLawsFile, processorsFile } from '../../src/config/policy.js';
import { type AdvisoryLocks, openAdvisoryLocks } from '../../src/db/advisory-locks.js';
import { openBulkPool } from '../../src/db/bulk-pool.js';
import { databaseStatements } from '../../src/db/database-statements.js';
import { inTransaction } from '../../src/db/transaction.js';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { AccountService } from '../../src/services/account/account.js';
import { MinorReports } from '../../src/services/account/minor-reports.js';
import { ErasureService } from '../../src/services/erasure/erasure.js';
import { loadPrivacyLaws } from '../../src/services/policy/laws.js';
import { policyChangeMail } from '../../src/services/policy/mails/policy-change.js';
import { loadProcessors } from '../../src/services/policy/processors.js';
import { RightsRequests } from '../../src/services/rights/requests.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { lockAccounts } from '../../src/services/usage/storage.js';
import { storeUsage } from '../support/people/usage.js';
import { overtaken } from '../support/stores/overtaken.js';
import { blockedStatements, type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';
import { initialiseAllowlist, startRedis, type TestRedis } from '../support/stores/redis.js';

let database: FreshDatabase;
let server: TestRedis;
let redis: Redis;
let source: DataSource;
let locks: AdvisoryLocks;
beforeAll(async () => {
  [database, server] = await Promise.all([freshDatabase(), startRedis()]);
  await initialiseAllowlist(server.url);
  redis = new Redis(server.operatorUrl);
  locks = openAdvisoryLocks(database.url);
  source = await createDataSource(database.url).initialize();
});
afterAll(async () => {
  redis?.disconnect();
  await locks?.end();
  await source?.destroy();
  await Promise.all([database?.drop(), server?.stop()]);
});

/** A new account; its id. */
async function newAccount(): Promise<string> {
  const id = randomUUID();
  await source.query("INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, '', 'user')", [
    id,
    `${id}@example.com`,
  ]);
  return id;
}

const keyring = new Keyring(Buffer.alloc(32, 1));
const [processors, laws] = await Promise.all([
  loadProcessors(processorsFile),
  loadPrivacyLaws(privacyLawsFile),
]);

function newErasure(outbox = new Outbox(keyring), database = source): ErasureService {
  const clock = Date.now;
  const accounts = new AccountService(databaseStatements(source));
  return new ErasureService({
    database,
    keyring,
    locks,
    minorReports: new MinorReports({ accounts, database, outbox, clock }),
    outbox,
    processors,
    requests: new RightsRequests({ keyring, laws, outbox, clock }),
    sessions: new SessionService(redis),
    networks: new AllowlistWriter(redis).networks,
    clock,
  });
}

function networkAt(prefix: Prefix): NewNetwork {
  return {
    id: randomUUID(),
    name: 'Home',
    addresses: [prefix],
    preferences: NO_PREFERENCES,
    lastDay: null,
  };
}

it('an erased account leaves no usage, of open days or of closed ones, and nobody else loses any', async () => {
  const [erased, other] = await Promise.all([newAccount(), newAccount()]);
  const accounts = [erased, other].map((accountId) => ({ accountId, day: daysAfter(today(), -1) }));
  const earlier = [erased, other].map((accountId) => ({ accountId, day: daysAfter(today(), -40) }));
  await storeUsage(database.url, 'open', accounts);
  await storeUsage(database.url, 'closed', earlier);
  expect(await newErasure().erase(erased)).toBe(true);
  for (const table of ['usage_report_row', 'usage_day']) {
    expect(await source.query(`SELECT account_id FROM ${table}`)).toEqual([{ account_id: other }]);
  }
  expect(await source.query('SELECT account_id FROM usage_handle')).toEqual([{ account_id: other }]);
  await newErasure().erase(other);
});

it('an erased account leaves no usage of a report that was on its way meanwhile', async () => {
  const id = await newAccount();
  const pool = openBulkPool(database.url);
  let erasing: Promise<boolean> | undefined;
  await inTransaction(pool, async (report) => {
    await lockAccounts(report, 'shared');
    erasing = newErasure().erase(id);
    while ((await blockedStatements(database.url)) === 0);
    await storeUsage(database.url, 'open', [{ accountId: id, day: daysAfter(today(), -1) }]);
  });
  expect(await erasing).toBe(true);
  await pool.end();
  expect(await source.query('SELECT FROM usage_report_row')).toEqual([]);
});

it('an erased account leaves nothing of a request that was on its way meanwhile', async () => {
  const id = randomUUID();
  await source.query(
    "INSERT INTO account (id, email, password_hash, role) VALUES ($1, 'anna@example.com', '', 'user')",
    [id],
  );
  const sessions = new SessionService(redis);
  const { networks } = new AllowlistWriter(redis);
  /** Does what a request could that had been let in before, at the last moment before the account is gone. */
  class LateRequest extends Outbox {
    override async put<Payload extends object>(
      ...mails: Parameters<typeof Outbox.prototype.put<Payload>>
    ): Promise<void> {
      await sessions.create({ accountId: id, role: 'user', secondFactor: false });
      const prefix = parsePrefix('192.0.2.7') as Prefix;
      await networks.register(id, networkAt(prefix), 5);
      await super.put(...mails);
    }
  }
  const erasure = newErasure(new LateRequest(keyring));
  expect(await erasure.erase(id)).toBe(true);
  expect(await networks.list(id)).toEqual([]);
  expect(await redis.keys('*session*')).toEqual([]);
  expect(await erasure.erase(id)).toBe(false);
});

/** Breaks whatever writes that a step is done, as a crash in that moment would. */
async function crashAfter(step: string): Promise<void> {
  await source.query(`
    CREATE OR REPLACE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.step = '${step}' THEN RAISE 'crash'; END IF;
      RETURN coalesce(NEW, OLD);
    END
    $$`);
  await source.query(
    'CREATE TRIGGER crash BEFORE UPDATE OR DELETE ON erasure FOR EACH ROW EXECUTE FUNCTION crash()',
  );
}

it.each(['sessions', 'addresses', 'processors', 'rows', 'latecomers'])(
  'an erasure that breaks off after its step "%s" is completed by the next gateway, and notifies once',
  async (step) => {
    const id = await newAccount();
    const sessions = new SessionService(redis);
    const { networks } = new AllowlistWriter(redis);
    await sessions.create({ accountId: id, role: 'user', secondFactor: false });
    const prefix = parsePrefix('192.0.2.8') as Prefix;
    await networks.register(id, networkAt(prefix), 5);
    await source.query(
      `INSERT INTO billing_profile (account_id, name, address_line1, city, country, payment_reference, version)
       VALUES ($1, 'Anna', 'Main Street 1', 'Berlin', 'DE', 'cus_1', 1)`,
      [id],
    );
    await source.query('DELETE FROM graphile_worker._private_jobs');
    await crashAfter(step);
    await expect(newErasure().erase(id)).rejects.toThrow();
    await source.query('DROP TRIGGER crash ON erasure');
    await newErasure().resume();
    expect(await source.query('SELECT FROM account WHERE id = $1', [id])).toEqual([]);
    expect(await source.query('SELECT FROM erasure')).toEqual([]);
    expect(await networks.list(id)).toEqual([]);
    expect(await redis.keys('*session*')).toEqual([]);
    const waiting = await source.query('SELECT payload FROM graphile_worker._private_jobs ORDER BY id');
    const mails = waiting.map(({ payload }: { payload: unknown }) => new Outbox(keyring).open(payload));
    expect(mails.map((mail: { template: string }) => mail.template)).toEqual([
      'processor-erasure',
      'account-closed',
    ]);
  },
);

it('an erased account leaves no mail that waits for it, and nobody else loses any', async () => {
  const [erased, other] = await Promise.all([newAccount(), newAccount()]);
  await source.query('DELETE FROM graphile_worker._private_jobs');
  const outbox = new Outbox(keyring);
  await source.transaction((manager) =>
    outbox.put(
      manager,
      policyChangeMail,
      ...[erased, other].map((accountId) => ({ accountId, version: '2026-11-01' })),
    ),
  );
  await newErasure().erase(erased);
  const waiting = await source.query('SELECT payload FROM graphile_worker._private_jobs ORDER BY id');
  expect(waiting.map(({ payload }: { payload: unknown }) => outbox.open(payload))).toMatchObject([
    { template: 'policy-change', accountId: other },
    { template: 'account-closed' },
  ]);
});

it('forty accounts that close at once need a pool of one connection, and leave it to strangers in between', async () => {
  const ids = await Promise.all(Array.from({ length: 40 }, newAccount));
  const narrow = await createDataSource(database.url, 1).initialize();
  const erasure = newErasure(new Outbox(keyring), narrow);
  const closing = Promise.all(ids.map((id) => erasure.erase(id)));
  let closed = false;
  void closing.then(() => {
    closed = true;
  });
  let strangers = 0;
  while (!closed) {
    await narrow.query('SELECT 1');
    strangers += 1;
  }
  expect(await closing).toEqual(ids.map(() => true));
  expect(strangers).toBeGreaterThan(1);
  expect(await source.query('SELECT FROM account WHERE id = ANY($1)', [ids])).toEqual([]);
  expect(await source.query('SELECT FROM erasure')).toEqual([]);
  await narrow.destroy();
});

/** A confirmed deletion of a new account, whose day has come. */
async function dueDeletion() {
  const accountId = await newAccount();
  const id = await source.transaction(async (manager) => {
    const request = { kind: 'deletion', law: 'gdpr', accountId, verification: null, details: {} } as const;
    const created = await requests.create(manager, request);
    await requests.advance(manager, created.id, 'in-progress', { silent: true, erasesOn: today() });
    return created.id;
  });
  return { id, accountId };
}
const requests = new RightsRequests({ keyring, laws, outbox: new Outbox(keyring), clock: Date.now });
const withdraw = (id: string) =>
  source.transaction((manager) => requests.advance(manager, id, 'withdrawn', { silent: true }));

it('a deletion that is taken back after a gateway has read the list is not carried out', async () => {
  const { id, accountId } = await dueDeletion();
  const late = overtaken(source, "kind = 'deletion'", () => withdraw(id));
  await newErasure(new Outbox(keyring), late).resume();
  expect(await source.query('SELECT id FROM account WHERE id = $1', [accountId])).toEqual([
    { id: accountId },
  ]);
  expect(await source.query('SELECT FROM erasure')).toEqual([]);
});

it('a deletion that has begun cannot be taken back', async () => {
  const { id, accountId } = await dueDeletion();
  await crashAfter('sessions');
  await expect(newErasure().resume()).rejects.toThrow();
  expect(await withdraw(id)).toBeNull();
  await source.query('DROP TRIGGER crash ON erasure');
  await newErasure().resume();
  expect(await source.query('SELECT FROM account WHERE id = $1', [accountId])).toEqual([]);
  expect((await requests.find(source.manager, id))?.status).toBe('fulfilled');
});

it('an erasure that fails stops no other', async () => {
  const [poisoned, sound] = [await dueDeletion(), await dueDeletion()];
  class Poisoned extends Outbox {
    override async discard(...[manager, accountId]: Parameters<Outbox['discard']>): Promise<void> {
      if (accountId === poisoned.accountId) throw new Error('poisoned');
      await super.discard(manager, accountId);
    }
  }
  await expect(newErasure(new Poisoned(keyring)).resume()).rejects.toThrow('poisoned');
  expect(await source.query('SELECT FROM account WHERE id = $1', [sound.accountId])).toEqual([]);
  await newErasure().resume();
  expect(await source.query('SELECT FROM account WHERE id = $1', [poisoned.accountId])).toEqual([]);
});

it('a report of a minor that is withdrawn after a gateway has read the list is not carried out', async () => {
  const accountId = await newAccount();
  await source.query(
    `INSERT INTO minor_report (account_id, case_reference, erases_on, staff_id) VALUES ($1, 'C-1', $2, $1)`,
    [accountId, today()],
  );
  const withdrawn = () => source.query('DELETE FROM minor_report');
  await newErasure(new Outbox(keyring), overtaken(source, 'minor_report', withdrawn)).resume();
  expect(await source.query('SELECT id FROM account WHERE id = $1', [accountId])).toEqual([
    { id: accountId },
  ]);
  expect(await source.query('SELECT FROM erasure')).toEqual([]);
});
