import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { migrate } from '../../src/db/migrate.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

describe('the outbox', () => {
  const outbox = new Outbox(new Keyring(Buffer.alloc(32, 1)));
  let database: FreshDatabase;
  let source: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    source = await createDataSource(database.url).initialize();
    await migrate(source);
  });
  afterAll(async () => {
    await source?.destroy();
    await database?.drop();
  });
  beforeEach(() => source.query('DELETE FROM graphile_worker._private_jobs'));

  const waiting = async (): Promise<unknown[]> => {
    const jobs = await source.query('SELECT payload FROM graphile_worker._private_jobs');
    return jobs.map(({ payload }: { payload: unknown }) => payload);
  };
  const mail = () => ({ template: 'sign-up', signUpId: randomUUID() }) as const;

  it('keeps the mails of a transaction that commits', async () => {
    const [one, other] = [mail(), mail()];
    await source.transaction((manager) => outbox.post(manager, one, other));
    const mails = (await waiting()).map((payload) => outbox.open(payload));
    expect(mails).toHaveLength(2);
    expect(mails).toEqual(expect.arrayContaining([one, other]));
  });

  it('keeps no mail of a transaction that is rolled back', async () => {
    const failing = source.transaction(async (manager) => {
      await outbox.post(manager, mail());
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    expect(await waiting()).toEqual([]);
  });

  it('shows nothing of a mail to who reads the queue without the secret', async () => {
    const secret = mail();
    await source.transaction((manager) => outbox.post(manager, secret));
    const [payload] = await waiting();
    expect(JSON.stringify(payload)).not.toContain(secret.signUpId);
    expect(new Outbox(new Keyring(Buffer.alloc(32, 2))).open(payload)).toBeNull();
  });
});
