import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Account } from '../../src/entities/account.js';
import { createPasswordHasher } from '../../src/services/password.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { runCli } from './run-cli.js';

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

function create(email: string) {
  return runCli(['admin', 'create', email], { DATABASE_URL: database.url });
}

describe('admin create, before the gateway was started', () => {
  it('says that the database has no tables', async () => {
    const result = await create('staff@example.net');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^the database has no tables yet; start the gateway once/);
  });

  it('says that no setting names the database, or that it cannot be reached', async () => {
    const missing = await runCli(['admin', 'create', 'staff@example.net']);
    expect(missing.stderr).toMatch(/^DATABASE_URL is missing/);
    const away = await runCli(['admin', 'create', 'staff@example.net'], {
      DATABASE_URL: 'postgres://name:secret@127.0.0.1:1/x',
    });
    expect(away).toEqual({ code: 1, stdout: '', stderr: 'DATABASE_URL: cannot connect (ECONNREFUSED)\n' });
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
  beforeEach(() => dataSource.getRepository(Account).clear());

  const accounts = () => dataSource.getRepository(Account).find();

  it('makes an admin with a password that it prints once, alone on stdout, and stores as a hash', async () => {
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
    expect(result.stderr).toMatch(/is an admin now; its password is unchanged/);
    expect(await accounts()).toMatchObject([{ ...before, role: 'admin', passwordHash: 'kept' }]);
  });

  it('refuses what is no e-mail address, without repeating it', async () => {
    const result = await create('canary');
    expect(result).toEqual({ code: 2, stdout: '', stderr: 'not an e-mail address\n' });
    expect(await accounts()).toEqual([]);
  });
});
