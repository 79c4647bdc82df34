import { buffer } from 'node:stream/consumers';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../../ormconfig.js';
import { privacyLawsFile } from '../../../src/config/policy.js';
import { type AdvisoryLocks, openAdvisoryLocks } from '../../../src/db/advisory-locks.js';
import { eachRow } from '../../../src/jobs/each-row.js';
import { Outbox } from '../../../src/mail/outbox.js';
import { Keyring } from '../../../src/secrets/keyring.js';
import { loadPrivacyLaws } from '../../../src/services/policy/laws.js';
import { RightsExports } from '../../../src/services/rights/export/exports.js';
import { RightsRequests } from '../../../src/services/rights/requests.js';
import { overtaken } from '../../support/stores/overtaken.js';
import { type UsageDatabase, usageDatabase } from '../../support/stores/usage-database.js';

const keyring = new Keyring(Buffer.alloc(32, 1));
const laws = await loadPrivacyLaws(privacyLawsFile);
const PART = 256 * 1024;

describe('the building of a data export', () => {
  let database: UsageDatabase;
  let source: DataSource;
  let requests: RightsRequests;
  /** Each gateway has its own. */
  const locks: AdvisoryLocks[] = [];
  beforeAll(async () => {
    database = await usageDatabase();
    source = await createDataSource(database.url).initialize();
    requests = new RightsRequests({ keyring, laws, outbox: new Outbox(keyring), clock: Date.now });
  });
  afterAll(async () => {
    await Promise.all(locks.map((each) => each.end()));
    await source?.destroy();
    await database?.drop();
  });

  /** A request that waits for its data export, of a new account. */
  async function asked() {
    const [accountId = ''] = await database.accounts(1);
    const id = await source.transaction(async (manager) => {
      const request = { kind: 'access', law: 'gdpr', accountId, verification: null, details: {} } as const;
      const created = await requests.create(manager, request);
      await requests.advance(manager, created.id, 'in-progress', { silent: true });
      return created.id;
    });
    return { id, accountId };
  }
  function gateway(build: (accountId: string) => AsyncGenerator<Buffer>, database = source) {
    const own = openAdvisoryLocks(databaseUrl());
    locks.push(own);
    return new RightsExports({
      database,
      keyring,
      locks: own,
      requests,
      dataExport: { build },
      clock: Date.now,
    });
  }
  const databaseUrl = () => database.url;
  async function downloaded(exports: RightsExports, { id, accountId }: { id: string; accountId: string }) {
    const ticket = await exports.ticket(id, accountId);
    const archive = ticket.ok ? await exports.open(ticket.value) : null;
    return archive === null ? null : buffer(archive.content);
  }

  it('that breaks off between two parts is started again by the next gateway, and nothing of the first stays', async () => {
    const request = await asked();
    const dying = gateway(async function* () {
      yield Buffer.alloc(PART, 'a');
      yield Buffer.alloc(PART, 'b');
      throw new Error('killed');
    });
    await expect(dying.run()).rejects.toThrow('killed');
    expect(await source.query('SELECT FROM rights_export_part')).toHaveLength(2);
    expect(await downloaded(dying, request)).toBeNull();
    const next = gateway(async function* () {
      yield Buffer.from('whole');
    });
    await next.run();
    expect((await downloaded(next, request))?.toString()).toBe('whole');
    expect((await requests.find(source.manager, request.id))?.status).toBe('fulfilled');
  });

  it('is done once, however many gateways look, and not for a request that was withdrawn meanwhile', async () => {
    const request = await asked();
    let builds = 0;
    const slow = gateway(async function* () {
      builds += 1;
      yield Buffer.alloc(PART, 'a');
      await source.transaction((manager) => requests.advance(manager, request.id, 'withdrawn'));
      yield Buffer.alloc(PART, 'b');
    });
    await Promise.all([slow.run(), slow.run(), slow.run()]);
    expect(builds).toBe(1);
    expect(await downloaded(slow, request)).toBeNull();
    expect(await source.query('SELECT FROM rights_export WHERE request_id = $1', [request.id])).toEqual([]);
  });

  it('is not done again by a gateway that read the list before another one finished', async () => {
    const request = await asked();
    let builds = 0;
    const build = async function* () {
      builds += 1;
      yield Buffer.from('whole');
    };
    const others = [gateway(build), gateway(build)];
    // The others do their whole pass between this one's look at the list and its lock.
    const late = overtaken(source, 'ORDER BY due_on', async () => {
      for (const other of others) await other.run();
    });
    const third = gateway(build, late);
    await third.run();
    expect(builds).toBe(1);
    expect((await downloaded(third, request))?.toString()).toBe('whole');
    expect((await requests.find(source.manager, request.id))?.status).toBe('fulfilled');
  });

  it('is given up by a gateway that has lost its lock to another one, and no part of it is mixed in', async () => {
    const request = await asked();
    const next = gateway(async function* () {
      yield Buffer.from('the other one');
    });
    const losing = gateway(async function* () {
      yield Buffer.alloc(PART, 'a');
      await locks.at(-1)?.end();
      locks.pop();
      await next.run();
      yield Buffer.alloc(PART, 'b');
    });
    await losing.run();
    expect((await downloaded(next, request))?.toString()).toBe('the other one');
  });

  it('that fails stops no other, is tried again later and later, and is counted', async () => {
    const [poisoned, sound] = [await asked(), await asked()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const tried: string[] = [];
    const exports = gateway(async function* (accountId) {
      tried.push(accountId);
      if (accountId === poisoned?.accountId) throw new SyntaxError('not JSON');
      yield Buffer.from('whole');
    });
    const [lines, counts, clock] = [[] as unknown[], [] as number[], { now: 0 }];
    const line = (...fields: unknown[]) => void lines.push(fields);
    const each = eachRow({
      job: 'exports',
      log: { info: line, warn: line, error: line },
      observe: (_pass, failing) => void counts.push(failing),
      now: () => clock.now,
    });
    await exports.run(each);
    expect((await requests.find(source.manager, sound?.id ?? ''))?.status).toBe('fulfilled');
    expect(lines).toEqual([['row.failed', { job: 'exports', error: 'SyntaxError' }]]);
    for (const now of [1999, 2000, 5999, 6000, 6001]) {
      clock.now = now;
      await exports.run(each);
    }
    expect(tried.filter((id) => id === poisoned?.accountId)).toHaveLength(3);
    expect(counts).toEqual(Array(6).fill(1));
    await source.transaction((manager) => requests.advance(manager, poisoned?.id ?? '', 'withdrawn'));
    await exports.run(each);
    expect(counts.at(-1)).toBe(0);
    expect(lines).toHaveLength(1);
  });
});
