import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { type Prefix, parsePrefix } from '../../src/allowlist/address.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { ErasureService } from '../../src/services/erasure.js';
import { migrate } from '../../src/services/migrate.js';
import { SessionService } from '../../src/services/session.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { initialiseAllowlist, startRedis, type TestRedis } from '../support/redis.js';

let database: FreshDatabase;
let server: TestRedis;
let redis: Redis;
let source: DataSource;
beforeAll(async () => {
  [database, server] = await Promise.all([freshDatabase(), startRedis()]);
  await initialiseAllowlist(server.url);
  redis = new Redis(server.url);
  source = await createDataSource(database.url).initialize();
  await migrate(source);
});
afterAll(async () => {
  redis?.disconnect();
  await source?.destroy();
  await Promise.all([database?.drop(), server?.stop()]);
});

it('an erased account leaves nothing of a request that was on its way meanwhile', async () => {
  const id = randomUUID();
  await source.query(
    "INSERT INTO account (id, email, password_hash, role) VALUES ($1, 'anna@example.com', '', 'user')",
    [id],
  );
  const sessions = new SessionService(redis);
  const writer = new AllowlistWriter(redis);
  /** Does what a request could that had been let in before, at the last moment before the account is gone. */
  class LateRequest extends Outbox {
    override async post(...mails: Parameters<Outbox['post']>): Promise<void> {
      await sessions.create({ accountId: id, role: 'user', secondFactor: false });
      const prefix = parsePrefix('192.0.2.7') as Prefix;
      await writer.put(`account:${id}`, { prefix, region: 'us', label: '', lastDay: null });
      await super.post(...mails);
    }
  }
  const outbox = new LateRequest(new Keyring(Buffer.alloc(32, 1)));
  const erasure = new ErasureService({ database: source, outbox, sessions, writer });
  expect(await erasure.erase(id)).toBe(true);
  expect(await writer.entries(`account:${id}`)).toEqual([]);
  expect(await redis.keys('*session*')).toEqual([]);
  expect(await erasure.erase(id)).toBe(false);
});
