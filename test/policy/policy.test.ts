import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { DAY_MS } from '../../src/lib/durations.js';
import { Outbox } from '../../src/mail/outbox.js';
import { createLogger } from '../../src/runtime/log.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { PolicyService, UnknownPolicyVersion } from '../../src/services/policy/policy.js';
import { startPolicyAnnouncer } from '../../src/services/policy/policy-announcer.js';
import { openPolicyVersions } from '../../src/services/policy/policy-versions.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { makeAccount, type TestAccount } from '../support/people/account.js';
import { type PolicyFolder, policyFolder } from '../support/policy.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

const log = createLogger('gateway', () => {});
const outbox = new Outbox(new Keyring(Buffer.alloc(32, 7)));

let server: TestRedis;
let redis: Redis;
let postgres: FreshDatabase;
let sources: [DataSource, DataSource];
let sessions: SessionService;
let folder: PolicyFolder;
/** Each test begins at a noon, and moves it. */
let now: number;

beforeAll(async () => {
  [server, postgres, folder] = await Promise.all([startRedis(), freshDatabase(), policyFolder()]);
  redis = new Redis(server.operatorUrl);
  sessions = new SessionService(redis);
  const source = () => createDataSource(postgres.url).initialize();
  sources = await Promise.all([source(), source()]);
});
beforeEach(async () => {
  now = Date.parse('2027-03-10T12:00:00Z');
  await sources[0].query('DELETE FROM account');
  await sources[0].query('DELETE FROM policy_notice');
  await sources[0].query('DELETE FROM graphile_worker._private_jobs');
});
afterAll(async () => {
  await Promise.all((sources ?? []).map((source) => source.destroy()));
  redis?.disconnect();
  await Promise.all([server?.stop(), postgres?.drop(), folder?.remove()]);
});

/** As one gateway has it. */
async function service(database = sources[0]): Promise<PolicyService> {
  const clock = () => now;
  const versions = await openPolicyVersions(folder.file, log, clock);
  const contacts = { contact: 'privacy@vpn.example', dataProtectionSpecialist: 'dpo@vpn.example' };
  return new PolicyService({ database, sessions, outbox, versions, contacts, now: clock });
}

const account = () => makeAccount({ databaseUrl: postgres.url, redisUrl: server.url });

describe('the use of the product under a version of the policy', () => {
  beforeEach(async () => {
    await folder.write(
      { version: '1', effectiveOn: '2027-01-01' },
      { version: '2', effectiveOn: '2027-03-12' },
    );
  });

  /** A request in the session. */
  async function use(policy: PolicyService, token: string): Promise<void> {
    const session = await sessions.find(token);
    if (session !== null) await policy.recordUse(token, session);
  }

  it('is recorded with its day, once per version', async () => {
    const policy = await service();
    const { id, token } = await account();
    expect(await policy.acceptances(id)).toEqual([]);
    await use(policy, token);
    now += DAY_MS;
    await use(policy, token);
    expect(await policy.acceptances(id)).toEqual([{ version: '1', acceptedOn: '2027-03-10' }]);
    now += DAY_MS;
    await use(policy, token);
    expect(await policy.acceptances(id)).toEqual([
      { version: '1', acceptedOn: '2027-03-10' },
      { version: '2', acceptedOn: '2027-03-12' },
    ]);
  });

  it('keeps its day when it is recorded again in another session', async () => {
    const policy = await service();
    const { id, token } = await account();
    await use(policy, token);
    now += DAY_MS;
    const other = await sessions.create({ accountId: id, role: 'user', secondFactor: false });
    await use(policy, other.token);
    expect(await policy.acceptances(id)).toEqual([{ version: '1', acceptedOn: '2027-03-10' }]);
  });

  it('costs one statement per session and version, and none afterwards', async () => {
    const policy = await service();
    const { token } = await account();
    const query = vi.spyOn(sources[0], 'query');
    for (let request = 0; request < 3; request += 1) await use(policy, token);
    expect(query).toHaveBeenCalledTimes(1);
    now += 2 * DAY_MS;
    for (let request = 0; request < 3; request += 1) await use(policy, token);
    expect(query).toHaveBeenCalledTimes(2);
    query.mockRestore();
  });

  it('does not change the session otherwise, including its last day', async () => {
    const policy = await service();
    const { id, token } = await account();
    const [key] = await redis.keys('session:*');
    const before = await redis.expiretime(key!);
    await use(policy, token);
    expect(await sessions.find(token)).toEqual({
      accountId: id,
      role: 'user',
      secondFactor: false,
      policyVersion: '1',
    });
    expect(await redis.expiretime(key!)).toBe(before);
  });

  it('neither revives an ended session nor undoes a change to a session', async () => {
    const policy = await service();
    const { token } = await account();
    const read = await sessions.find(token);
    await sessions.setSecondFactor(token, true);
    await policy.recordUse(token, read!);
    expect(await sessions.find(token)).toMatchObject({ secondFactor: true });
    await sessions.revoke(token);
    await policy.recordUse(token, read!);
    expect(await sessions.find(token)).toBeNull();
  });

  it('is not recorded for an account that is gone, and is deleted with the account', async () => {
    const policy = await service();
    const { id, token } = await account();
    await use(policy, token);
    await sources[0].query('DELETE FROM account WHERE id = $1', [id]);
    const gone = await sessions.create({ accountId: id, role: 'user', secondFactor: false });
    await use(policy, gone.token);
    expect(await sources[0].query('SELECT * FROM policy_acceptance')).toEqual([]);
  });
});

describe('a material change that is not yet in force', () => {
  const first = { version: '1', effectiveOn: '2027-01-01' };
  const material = { version: '2', effectiveOn: '2027-03-12', material: true };

  /** What waits in the queue, as template, account and version. */
  async function queued() {
    const jobs = await sources[0].query<{ payload: unknown }[]>(
      'SELECT payload FROM graphile_worker._private_jobs',
    );
    return jobs.map(({ payload }) => outbox.open(payload));
  }

  async function accounts(count: number): Promise<TestAccount[]> {
    const made: TestAccount[] = [];
    for (let each = 0; each < count; each += 1) made.push(await account());
    return made;
  }

  it('is announced to every account by one mail, even if several gateways do it at the same time', async () => {
    await folder.write(first, material);
    const everybody = await accounts(3);
    const gateways = [await service(sources[0]), await service(sources[1])];
    const counts = await Promise.all([...gateways, ...gateways].map((policy) => policy.announce()));
    expect(counts.reduce((sum, count) => sum + count)).toBe(3);
    const mails = everybody.map(({ id }) => ({ template: 'policy-change', accountId: id, version: '2' }));
    expect(await queued()).toEqual(expect.arrayContaining(mails));
    expect(await queued()).toHaveLength(3);
    now += DAY_MS;
    for (const policy of gateways) expect(await policy.announce()).toBe(0);
    expect(await queued()).toHaveLength(3);
    expect(await sources[0].query('SELECT version, announced_on::text AS day FROM policy_notice')).toEqual([
      { version: '2', day: '2027-03-10' },
    ]);
  });

  it('is announced to more than a thousand accounts', async () => {
    await folder.write(first, material);
    const ids = Array.from({ length: 2001 }, () => randomUUID());
    await sources[0].query(
      `INSERT INTO account (id, email, password_hash, role)
       SELECT id, id || '@example.com', 'none', 'user' FROM unnest($1::uuid[]) AS id`,
      [ids],
    );
    expect(await (await service()).announce()).toBe(2001);
    const told = (await queued()).map((mail) => mail !== null && 'accountId' in mail && mail.accountId);
    expect(told.sort()).toEqual(ids.sort());
  });

  it('is announced to all accounts or to none, and the next attempt succeeds', async () => {
    await folder.write(first, material);
    await accounts(2);
    const policy = await service();
    const put = vi.spyOn(outbox, 'put').mockRejectedValueOnce(new Error('the queue is away'));
    await expect(policy.announce()).rejects.toThrow('the queue is away');
    put.mockRestore();
    expect(await queued()).toEqual([]);
    expect(await policy.announce()).toBe(2);
  });

  it('is not announced when it is not material, or in force already', async () => {
    await folder.write(first, { ...material, material: false });
    await accounts(1);
    expect(await (await service()).announce()).toBe(0);
    await folder.write(first, material);
    const policy = await service();
    now = Date.parse('2027-03-12T00:00:00Z');
    expect(await policy.announce()).toBe(0);
    now -= 1;
    expect(await policy.announce()).toBe(1);
  });

  it('is read when its mail is sent; a gateway that has not read it yet leaves the mail in the queue', async () => {
    await folder.write(first);
    const late = await service();
    await folder.write(first, material);
    const early = await service();
    expect(early.announced('2')).toMatchObject({
      effectiveOn: '2027-03-12',
      summary: { de: '2 auf Deutsch' },
    });
    expect(() => late.announced('2')).toThrow(UnknownPolicyVersion);
  });

  it('is announced when a gateway starts and when it reloads; failures are logged', async () => {
    await folder.write(first, material);
    await accounts(1);
    const policy = await service();
    const events: { event: string; count?: number }[] = [];
    const logger = createLogger('gateway', (line) => events.push(JSON.parse(line)));
    vi.spyOn(policy, 'announce').mockRejectedValueOnce(new Error('away'));
    const announcer = startPolicyAnnouncer(policy, { log: logger, clock: async () => Date.now() });
    await announcer.announce();
    await announcer.stop();
    await announcer.announce();
    expect(events).toMatchObject([
      { event: 'policy.unannounced', error: 'Error' },
      { event: 'policy.announced', count: 1 },
    ]);
  });
});
