import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DataSource, EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Account } from '../../src/entities/account/account.js';
import { refused } from '../../src/input/user-error.js';
import { CredentialService } from '../../src/services/sign-in/credentials.js';
import { createPasswordHasher } from '../../src/services/sign-in/password.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import {
  createStaff,
  dismiss,
  InvalidEmail,
  listStaff,
  StaffService,
} from '../../src/services/staff/staff.js';
import { blockedStatements, type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

describe('making staff', () => {
  let database: FreshDatabase;
  let server: TestRedis;
  let redis: Redis;
  let source: DataSource;
  let sessions: SessionService;
  let credentials: CredentialService;
  beforeAll(async () => {
    [database, server] = await Promise.all([freshDatabase(), startRedis()]);
    redis = new Redis(server.operatorUrl);
    source = await createDataSource(database.url).initialize();
    sessions = new SessionService(redis);
    credentials = new CredentialService(source.getRepository(Account), await createPasswordHasher());
  });
  afterAll(async () => {
    redis?.disconnect();
    await source?.destroy();
    await Promise.all([database?.drop(), server?.stop()]);
  });

  const create = (email: string, role: 'support' | 'dpo' | 'admin' = 'admin') =>
    createStaff({ database: source, sessions }, email, role);

  it.each(['support', 'dpo', 'admin'] as const)(
    'gives a new account of the role %s a password that signs it in',
    async (role) => {
      const made = await create(`${role}@Example.com`, role);
      const password = made.outcome === 'created' ? made.password : '';
      expect(password).toHaveLength(32);
      const holder = await credentials.check({ email: `${role}@example.com`, password });
      expect(holder).toMatchObject({ email: `${role}@example.com`, role });
    },
  );

  it('gives the role to an account that exists, leaves its password, and ends its sessions', async () => {
    const anna = { id: randomUUID(), email: 'anna@example.com', role: 'user', passwordHash: 'kept' } as const;
    const bert = { ...anna, id: randomUUID(), email: 'bert@example.com' };
    await source.getRepository(Account).insert([{ ...anna }, { ...bert }]);
    const begin = async ({ id }: { id: string }) =>
      (await sessions.create({ accountId: id, role: 'user', secondFactor: true })).token;
    const [hers, his] = [await begin(anna), await begin(bert)];
    expect(await create('anna@example.com', 'dpo')).toEqual({ outcome: 'changed' });
    expect(await credentials.holder(anna.id)).toEqual({ ...anna, role: 'dpo' });
    expect(await sessions.find(hers)).toBeNull();
    expect(await sessions.find(his)).not.toBeNull();
  });

  it('keeps the only admin, also when two remove each other at once', async () => {
    const stores = { database: source, sessions };
    await source.query("UPDATE account SET role = 'user' WHERE role = 'admin'");
    await create('one@example.com');
    expect(await create('one@example.com', 'support')).toEqual({ outcome: 'last-admin' });
    await create('two@example.com');
    const outcomes = await Promise.all(
      ['one@example.com', 'two@example.com'].map((email) => dismiss(stores, email)),
    );
    expect(outcomes.map(({ ok }) => ok).sort()).toEqual([false, true]);
    const admins = (await listStaff(source)).filter(({ role }) => role === 'admin');
    expect(admins).toHaveLength(1);
    expect(await dismiss(stores, admins[0]!.account)).toEqual(refused({ field: null, code: 'LAST_ADMIN' }));
  });

  it('keeps the only admin when two close their own accounts at once', async () => {
    await source.query("UPDATE account SET role = 'user' WHERE role = 'admin'");
    await create('one@example.com');
    await create('two@example.com');
    const [one, two] = (await listStaff(source)).filter(({ role }) => role === 'admin');
    const written: string[] = [];
    const erasure = {
      async write(manager: Pick<EntityManager, 'query'>, id: string) {
        await manager.query("INSERT INTO erasure (account_id, step) VALUES ($1, 'sessions')", [id]);
        // The other one waits for this transaction.
        if (written.push(id) === 1) await expect.poll(() => blockedStatements(database.url)).toBe(1);
        return true;
      },
      erase: async () => true,
    };
    const staff = new StaffService({ database: source, sessions, erasure });
    const userErrors = await Promise.all([one, two].map((each) => staff.close(each!.account)));
    expect(userErrors.filter((userError) => userError === null)).toHaveLength(1);
    expect(written).toHaveLength(1);
    await source.query('DELETE FROM erasure');
  });

  it('keeps the only admin when somebody becomes it in the moment in which their role is taken away', async () => {
    await source.query("UPDATE account SET role = 'user' WHERE role = 'admin'");
    await create('one@example.com');
    await create('next@example.com', 'support');
    const becoming = await source.transaction(async (manager) => {
      await manager.query("UPDATE account SET role = 'admin' WHERE email = 'next@example.com'");
      await manager.query("UPDATE account SET role = 'user' WHERE email = 'one@example.com'");
      const dismissing = dismiss({ database: source, sessions }, 'next@example.com');
      await expect.poll(() => blockedStatements(database.url)).toBe(1);
      return { dismissing };
    });
    expect(await becoming.dismissing).toEqual(refused({ field: null, code: 'LAST_ADMIN' }));
    expect((await listStaff(source)).filter(({ role }) => role === 'admin')).toHaveLength(1);
  });

  it('refuses what is no e-mail address, without repeating it', async () => {
    await expect(create('secret')).rejects.toThrow(InvalidEmail);
    await expect(create('secret')).rejects.not.toThrow(/secret/);
  });
});
