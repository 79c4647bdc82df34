import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Account } from '../../src/entities/account/account.js';
import { createPasswordHasher } from '../../src/services/sign-in/password.js';
import { emptyDatabase, type FreshDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { runCli } from './run-cli.js';

let database: FreshDatabase;
let redis: TestRedis;

beforeAll(async () => {
  [database, redis] = await Promise.all([emptyDatabase(), startRedis()]);
});
afterAll(() => Promise.all([database?.drop(), redis?.stop()]));

function run(...command: string[]) {
  return runCli(command, { DATABASE_URL: database.url, REDIS_URL: redis.url });
}

function create(email: string) {
  return run('admin', 'create', email);
}

describe('admin create, before the gateway was started', () => {
  it('reports that the database has no tables', async () => {
    const result = await create('staff@example.net');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^the database has no tables yet; run: migrate/);
  });

  it('reports that no setting names a store, or that it cannot be reached', async () => {
    const with_ = (settings: Record<string, string>) =>
      runCli(['admin', 'create', 'staff@example.net'], settings);
    expect((await with_({})).stderr).toMatch(/^DATABASE_URL is missing/);
    expect((await with_({ DATABASE_URL: database.url })).stderr).toMatch(/^REDIS_URL is missing/);
    const away = { DATABASE_URL: 'postgres://name:secret@127.0.0.1:1/x', REDIS_URL: redis.url };
    expect(await with_(away)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'DATABASE_URL: cannot connect (ECONNREFUSED)\n',
    });
    const noRedis = { DATABASE_URL: database.url, REDIS_URL: 'redis://name:secret@127.0.0.1:1' };
    expect(await with_(noRedis)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'REDIS_URL: cannot connect (ECONNREFUSED)\n',
    });
  });
});

describe('admin create', () => {
  let dataSource: ReturnType<typeof createDataSource>;

  beforeAll(async () => {
    dataSource = createDataSource(database.url);
    await dataSource.initialize();
    await dataSource.runMigrations();
  });
  afterAll(() => dataSource?.destroy());
  beforeEach(() => dataSource.getRepository(Account).createQueryBuilder().delete().execute());

  const accounts = () => dataSource.getRepository(Account).find();

  it('creates an admin with a password that it prints once, on stdout, and stores as a hash', async () => {
    const result = await create('Staff@Example.net');
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^[\w-]{32}\n$/);
    const [account] = await accounts();
    expect(account).toMatchObject({ email: 'staff@example.net', role: 'admin' });
    const passwords = await createPasswordHasher();
    expect(await passwords.verify(account?.passwordHash ?? '', result.stdout.trim())).toBe(true);
  });

  it('makes an existing account an admin and leaves its password', async () => {
    const before = {
      id: '00000000-0000-4000-8000-000000000001',
      email: 'anna@example.net',
      role: 'user' as const,
    };
    await dataSource.getRepository(Account).insert({ ...before, passwordHash: 'kept' });
    const result = await create('anna@example.net');
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toMatch(/has the role admin now\. Its password is unchanged/);
    expect(await accounts()).toMatchObject([{ ...before, role: 'admin', passwordHash: 'kept' }]);
  });

  it('fails for an account that has the role already, and changes nothing', async () => {
    await create('staff@example.net');
    const before = await accounts();
    const result = await create('staff@example.net');
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The account has the role admin already. Nothing was changed.\n',
    });
    expect(await accounts()).toEqual(before);
  });

  it('refuses an invalid e-mail address without repeating it', async () => {
    const result = await create('canary');
    expect(result).toEqual({ code: 2, stdout: '', stderr: 'not an e-mail address\n' });
    expect(await accounts()).toEqual([]);
  });

  it.each(['support', 'dpo', 'admin'] as const)('as staff create --role %s, for that role', async (role) => {
    const result = await run('staff', 'create', 'anna@example.net', '--role', role);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^[\w-]{32}\n$/);
    expect(await accounts()).toMatchObject([{ email: 'anna@example.net', role }]);
  });

  it('as staff list, shows the members of staff as a table and as JSON', async () => {
    await create('anna@example.net');
    await run('staff', 'create', 'dora@example.net', '--role', 'dpo');
    const table = await run('staff', 'list');
    expect(table.stdout).toMatch(/^anna@example\.net +admin +no +0\ndora@example\.net +dpo +no +0\n$/);
    const [anna] = (await run('staff', 'list', '--json')).stdout.split('\n');
    expect(JSON.parse(anna!)).toMatchObject({ email: 'anna@example.net', role: 'admin', openRequests: 0 });
  });

  it('as staff remove, turns the account into a customer’s; the last admin stays', async () => {
    await create('anna@example.net');
    await run('staff', 'create', 'dora@example.net', '--role', 'dpo');
    expect(await run('staff', 'remove', 'dora@example.net')).toMatchObject({ code: 0, stdout: '' });
    expect((await accounts()).find(({ email }) => email === 'dora@example.net')?.role).toBe('user');
    for (const [email, message] of [
      ['anna@example.net', /last admin/],
      ['dora@example.net', /does not belong to staff/],
      ['nobody@example.net', /no such account/],
    ] as const) {
      const refused = await run('staff', 'remove', email);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(message);
    }
    expect(await run('staff', 'create', 'anna@example.net', '--role', 'support')).toMatchObject({ code: 1 });
  });

  it('as staff create, requires one of the roles of staff', async () => {
    for (const options of [[], ['--role', 'user'], ['--role', 'king']]) {
      expect(await run('staff', 'create', 'anna@example.net', ...options)).toMatchObject({ code: 2 });
    }
    expect(await accounts()).toEqual([]);
  });
});
