import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { signUpMail } from '../../src/services/sign-in/mails/sign-up.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';

describe('the outbox', () => {
  const outbox = new Outbox(new Keyring(Buffer.alloc(32, 1)));
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
  beforeEach(() => source.query('DELETE FROM graphile_worker._private_jobs'));

  const waiting = async (): Promise<unknown[]> => {
    const jobs = await source.query('SELECT payload FROM graphile_worker._private_jobs');
    return jobs.map(({ payload }: { payload: unknown }) => payload);
  };
  const mail = () => ({ signUpId: randomUUID() });

  it('keeps the mails of a transaction that commits', async () => {
    const [one, other] = [mail(), mail()];
    await source.transaction((manager) => outbox.put(manager, signUpMail, one, other));
    const mails = (await waiting()).map((payload) => outbox.open(payload));
    expect(mails).toHaveLength(2);
    expect(mails).toEqual(
      expect.arrayContaining([one, other].map((payload) => ({ template: 'sign-up', ...payload }))),
    );
  });

  it('keeps no mail of a transaction that is rolled back', async () => {
    const failing = source.transaction(async (manager) => {
      await outbox.put(manager, signUpMail, mail());
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    expect(await waiting()).toEqual([]);
  });

  it('reveals nothing of a mail to a reader of the queue who does not have the key', async () => {
    const secret = mail();
    await source.transaction((manager) => outbox.put(manager, signUpMail, secret));
    const [payload] = await waiting();
    expect(JSON.stringify(payload)).not.toContain(secret.signUpId);
    expect(new Outbox(new Keyring(Buffer.alloc(32, 2))).open(payload)).toBeNull();
  });
});
