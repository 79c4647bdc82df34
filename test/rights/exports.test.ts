import { buffer } from 'node:stream/consumers';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { privacyLawsFile } from '../../src/config/policy.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { migrate } from '../../src/services/migrate.js';
import { RightsExports } from '../../src/services/rights/exports.js';
import { loadPrivacyLaws } from '../../src/services/rights/laws.js';
import { RightsRequests } from '../../src/services/rights/requests.js';
import { type UsageDatabase, usageDatabase } from '../support/usage-database.js';

const keyring = new Keyring(Buffer.alloc(32, 1));
const laws = await loadPrivacyLaws(privacyLawsFile);
const PART = 256 * 1024;

describe('the building of an archive', () => {
  let database: UsageDatabase;
  let source: DataSource;
  let requests: RightsRequests;
  beforeAll(async () => {
    database = await usageDatabase();
    source = await createDataSource(database.url).initialize();
    await migrate(source);
    requests = new RightsRequests({ keyring, laws, outbox: new Outbox(keyring), clock: Date.now });
  });
  afterAll(async () => {
    await source?.destroy();
    await database?.drop();
  });

  /** A request that waits for its archive, of a new account. */
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
  const gateway = (build: () => AsyncGenerator<Buffer>) =>
    new RightsExports({ database: source, keyring, requests, archive: { build }, clock: Date.now });
  async function downloaded(exports: RightsExports, { id, accountId }: { id: string; accountId: string }) {
    const ticket = await exports.ticket(id, accountId);
    const archive = ticket.ok ? await exports.open(ticket.value) : null;
    return archive === null ? null : buffer(archive.content);
  }

  it('that breaks off between two parts is begun anew by the next gateway, and nothing of the first stays', async () => {
    const request = await asked();
    const dying = gateway(async function* () {
      yield Buffer.alloc(PART, 'a');
      yield Buffer.alloc(PART, 'b');
      throw new Error('killed');
    });
    await expect(dying.pass()).rejects.toThrow('killed');
    expect(await source.query('SELECT FROM rights_export_part')).toHaveLength(2);
    expect(await downloaded(dying, request)).toBeNull();
    const next = gateway(async function* () {
      yield Buffer.from('whole');
    });
    await next.pass();
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
    await Promise.all([slow.pass(), slow.pass(), slow.pass()]);
    expect(builds).toBe(1);
    expect(await downloaded(slow, request)).toBeNull();
    expect(await source.query('SELECT FROM rights_export WHERE request_id = $1', [request.id])).toEqual([]);
  });
});
