import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { RecoveryCodes } from '../../src/services/sign-in/second-factors/recovery-codes.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';

describe('recovery codes', () => {
  let database: FreshDatabase;
  let source: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    source = await createDataSource(database.url).initialize();
  });
  afterAll(async () => {
    await source?.destroy();
    await database?.drop();
  });

  const codes = new RecoveryCodes(new Keyring(Buffer.alloc(32, 1)));
  let anna: string;
  let bert: string;
  beforeEach(async () => {
    [anna, bert] = [await account(), await account()];
  });

  async function account(): Promise<string> {
    const id = randomUUID();
    await source.query(`INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, '', 'user')`, [
      id,
      `${id}@example.com`,
    ]);
    return id;
  }
  const use = (accountId: string, code: string) => codes.use(source.manager, accountId, code);

  it('are single-use, however many requests use one at the same time', async () => {
    const [first, second] = await codes.renew(source.manager, anna);
    const used = await Promise.all([1, 2, 3, 4].map(() => use(anna, first!)));
    expect(used.filter(Boolean)).toHaveLength(1);
    expect(await use(anna, first!)).toBe(false);
    expect(await use(anna, second!)).toBe(true);
    expect(await source.query('SELECT FROM recovery_code WHERE account_id = $1', [anna])).toHaveLength(8);
  });

  it('are good for their own account only', async () => {
    const [code] = await codes.renew(source.manager, anna);
    await codes.renew(source.manager, bert);
    expect(await use(bert, code!)).toBe(false);
    expect(await use(anna, code!)).toBe(true);
  });

  it('are good in the way that a hurried person writes them', async () => {
    const [first, second, third] = await codes.renew(source.manager, anna);
    expect(await use(anna, first!.toLowerCase().replaceAll('-', ''))).toBe(true);
    expect(await use(anna, ` ${second!.replaceAll('-', '  ')}\n`)).toBe(true);
    expect(await use(anna, third!.replaceAll('0', 'o').replaceAll('1', 'l'))).toBe(true);
  });

  it.each(['', '-', 'no code', '0000-0000-0000-0000'])('are not %j', async (code) => {
    await codes.renew(source.manager, anna);
    expect(await use(anna, code)).toBe(false);
  });

  it('cannot be found by anyone who has the database without the installation key', async () => {
    const [code] = await codes.renew(source.manager, anna);
    const thief = new RecoveryCodes(new Keyring(Buffer.alloc(32, 2)));
    expect(await thief.use(source.manager, anna, code!)).toBe(false);
  });
});
