import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Account } from '../../src/entities/account.js';
import { AccountService } from '../../src/services/account.js';
import { BreachedPasswords } from '../../src/services/breached-passwords.js';
import { migrate } from '../../src/services/migrate.js';
import { createPasswordHasher, PasswordRules } from '../../src/services/password.js';
import { createAdmin, InvalidEmail } from '../../src/services/staff.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

describe('making an admin', () => {
  let database: FreshDatabase;
  let source: DataSource;
  let accounts: AccountService;
  beforeAll(async () => {
    database = await freshDatabase();
    source = await createDataSource(database.url).initialize();
    await migrate(source);
    accounts = new AccountService(
      source.getRepository(Account),
      await createPasswordHasher(),
      new PasswordRules(new BreachedPasswords()),
    );
  });
  afterAll(async () => {
    await source?.destroy();
    await database?.drop();
  });

  const create = (email: string) => createAdmin(source.getRepository(Account), email);

  it('gives a new account a password that signs it in', async () => {
    const made = await create('Staff@example.com');
    const password = made.outcome === 'created' ? made.password : '';
    expect(password).toHaveLength(32);
    const account = await accounts.authenticate({ email: 'staff@example.com', password });
    expect(account).toMatchObject({ email: 'staff@example.com', role: 'admin' });
  });

  it('promotes an account that exists, and leaves its password', async () => {
    const credentials = { email: 'anna@example.com', password: 'a long enough passphrase' };
    await accounts.signUp(credentials);
    expect(await create('anna@example.com')).toEqual({ outcome: 'promoted' });
    expect(await accounts.authenticate(credentials)).toMatchObject({ role: 'admin' });
  });

  it('refuses what is no e-mail address, without repeating it', async () => {
    await expect(create('secret')).rejects.toThrow(InvalidEmail);
    await expect(create('secret')).rejects.not.toThrow(/secret/);
  });
});
