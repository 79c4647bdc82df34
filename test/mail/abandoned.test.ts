import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { processorsFile } from '../../src/config/policy.js';
import { type AdvisoryLocks, openAdvisoryLocks } from '../../src/db/advisory-locks.js';
import { openQueuePool } from '../../src/db/queue-pool.js';
import { AbandonedMails } from '../../src/mail/abandoned.js';
import { MailComposer } from '../../src/mail/composer.js';
import { Outbox } from '../../src/mail/outbox.js';
import { SmtpClient } from '../../src/mail/smtp.js';
import { startMailWorker } from '../../src/mail/worker.js';
import { createLogger } from '../../src/runtime/log.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { loadProcessors } from '../../src/services/policy/processors.js';
import { securityNoticeMail } from '../../src/services/sign-in/mails/security-notice.js';
import { startMailServer } from '../support/mail-server.js';
import { makeAccount } from '../support/people/account.js';
import { startProcess } from '../support/product.js';
import { GATEWAY_SETTINGS, SECRET_KEY } from '../support/settings.js';
import { freshDatabase } from '../support/stores/postgres.js';
import { initialiseAllowlist, startEphemeral, startRedis } from '../support/stores/redis.js';
import { type PostOffice, startPostOffice } from './post-office.js';

/** So that nobody has to wait until sending has taken a minute. */
const LONG_AGO = `UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '2 minutes'`;

const WAIT = { timeout: 20_000 };

it('a mail is sent by another gateway when its own is killed while sending', async () => {
  const [server, redis, ephemeral, database] = await Promise.all([
    startMailServer(),
    startRedis(),
    startEphemeral(),
    freshDatabase(),
  ]);
  await initialiseAllowlist(redis.url);
  const { child } = await startProcess('gateway', [], {
    ...GATEWAY_SETTINGS,
    GATEWAY_PORT: '0',
    GATEWAY_METRICS_PORT: '0',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_EPHEMERAL_URL: ephemeral.url,
    SMTP_URL: server.url,
  });
  const { id, email } = await makeAccount({ databaseUrl: database.url, redisUrl: redis.url });
  const source = await createDataSource(database.url).initialize();
  const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
  const outbox = new Outbox(keyring);
  const held = server.hold(email);
  await source.transaction((manager) =>
    outbox.put(manager, securityNoticeMail, { accountId: id, change: 'passkey-added' }),
  );
  await held.arrived;
  const killed = once(child, 'exit');
  child.kill('SIGKILL');
  await killed;
  await source.query(LONG_AGO);

  const again = async () => ({ to: email, locale: 'en', letter: { subject: 'Again', blocks: [] } }) as const;
  const locks = openAdvisoryLocks(database.url);
  const queue = openQueuePool(database.url, 6);
  const worker = startMailWorker({
    queue,
    locks,
    outbox,
    keyring,
    composer: new MailComposer([{ ...securityNoticeMail, draft: again, onResult: () => {} }], null),
    smtp: new SmtpClient(server.url, GATEWAY_SETTINGS.MAIL_FROM, await loadProcessors(processorsFile)),
    dependency: { lost: () => {}, back: () => {} },
    clock: async () => Date.now(),
    log: createLogger('gateway', () => {}),
    checkEveryMs: 100,
  });
  expect((await server.next(email)).subject).toBe('Again');
  const waiting = () => source.query('SELECT FROM graphile_worker._private_jobs');
  await expect.poll(waiting).toEqual([]);
  await worker.stop();
  await queue.end();
  await locks.end();
  held.release();
  await source.destroy();
  await server.stop();
  await Promise.all([redis.stop(), ephemeral.stop(), database.drop()]);
}, 60_000);

describe('a gateway that takes long to send', () => {
  let office: PostOffice;
  let locks: AdvisoryLocks;
  let pool: ReturnType<typeof openQueuePool>;
  beforeAll(async () => {
    office = await startPostOffice();
    locks = openAdvisoryLocks(office.gateway.database.url);
    pool = openQueuePool(office.gateway.database.url, 1);
  });
  afterAll(async () => {
    await pool?.end();
    await locks?.end();
    await office?.stop();
  });

  /** The connections that hold a lock as the name of the worker that has locked a mail. */
  const holders = async (): Promise<number[]> => {
    const rows = await office.source.query(
      `SELECT DISTINCT pid FROM pg_locks JOIN graphile_worker._private_jobs ON objid = hashtext(locked_by)::oid
       WHERE locktype = 'advisory'`,
    );
    return rows.map(({ pid }: { pid: number }) => pid);
  };
  const oneHolder = async () => {
    await expect.poll(async () => (await holders()).length, WAIT).toBe(1);
    return (await holders())[0];
  };

  it('keeps its mail even when the connection of its lock breaks', async () => {
    const { id, email } = await office.gateway.account();
    const held = office.server.hold(email);
    await office.put(securityNoticeMail, { accountId: id, change: 'totp-enabled' });
    await held.arrived;
    await office.source.query(LONG_AGO);
    const abandoned = new AbandonedMails(pool, locks);
    const first = await oneHolder();
    await abandoned.returnToQueue();
    await abandoned.returnToQueue();
    expect(await holders()).toEqual([first]);

    await office.source.query('SELECT pg_terminate_backend($1)', [first]);
    await expect.poll(async () => (await holders()).filter((pid) => pid !== first).length, WAIT).toBe(1);
    await abandoned.returnToQueue();
    await abandoned.returnToQueue();
    const [job] = await office.source.query('SELECT locked_by FROM graphile_worker._private_jobs');
    expect(job.locked_by).not.toBeNull();
    held.release();
    await office.server.next(email);
    await expect.poll(() => office.waiting()).toEqual([]);
    expect(office.server.accepted).toHaveLength(1);
  });

  it('is not taken for dead after a single check, nor when a check in between failed', async () => {
    const { id, email } = await office.gateway.account();
    const held = office.server.hold(email);
    await office.put(securityNoticeMail, { accountId: id, change: 'totp-disabled' });
    await held.arrived;
    await office.source.query(LONG_AGO);
    let look: () => Promise<string[]> = async () => [];
    const free = async (_what: string, ids: readonly string[]) => [...ids, ...(await look())];
    const abandoned = new AbandonedMails(pool, { free });
    const locked = async () =>
      (await office.source.query('SELECT locked_by FROM graphile_worker._private_jobs'))[0].locked_by;
    const worker = await locked();
    await abandoned.returnToQueue();
    look = () => Promise.reject(new Error('away'));
    await expect(abandoned.returnToQueue()).rejects.toThrow('away');
    look = async () => [];
    await abandoned.returnToQueue();
    expect(await locked()).toBe(worker);
    held.release();
    await office.server.next(email);
  });
});
