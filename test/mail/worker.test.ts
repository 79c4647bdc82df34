import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../../src/app/gateway.js';
import { readGatewayConfig } from '../../src/config/gateway.js';
import { Outbox } from '../../src/mail/outbox.js';
import { createLogger } from '../../src/runtime/log.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { campaignMail } from '../../src/services/marketing/mails/campaign.js';
import { policyChangeMail } from '../../src/services/policy/mails/policy-change.js';
import { passwordResetMail } from '../../src/services/sign-in/mails/password-reset.js';
import { securityNoticeMail } from '../../src/services/sign-in/mails/security-notice.js';
import { type FaultProxy, faultProxyTo } from '../support/network/fault-proxy.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { type PostOffice, startPostOffice } from './post-office.js';

describe('the mail worker', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await startPostOffice();
  });
  afterAll(() => office?.stop());
  beforeEach(async () => {
    await expect.poll(() => office.waiting()).toEqual([]);
  });

  const notice = (accountId: string) => ({ accountId, change: 'passkey-added' }) as const;
  const events = (event: string) =>
    office.gateway.log.map((line) => JSON.parse(line)).filter((line) => line.event === event);
  const emptyQueue = () => expect.poll(() => office.waiting()).toEqual([]);

  it('sends a mail when its transaction has committed, and removes it from the queue', async () => {
    const { id, email } = await office.gateway.account();
    const before = await office.counted('account', 'sent');
    await office.put(securityNoticeMail, notice(id));
    expect((await office.server.next(email)).subject).toBe('A change to the security of your account');
    await emptyQueue();
    expect(await office.counted('account', 'sent')).toBe(before + 1);
  });

  it('sends nothing of a transaction that is rolled back', async () => {
    const [gone, there] = [await office.gateway.account(), await office.gateway.account()];
    const undone = office.source.transaction(async (manager) => {
      await office.outbox.put(manager, securityNoticeMail, notice(gone.id));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await office.put(securityNoticeMail, notice(there.id));
    await office.server.next(there.email);
    await emptyQueue();
    expect(office.server.accepted.filter(({ to }) => to === gone.email)).toEqual([]);
  });

  it('tries again when the server asks for it, and stores only a code meanwhile', async () => {
    const { id, email } = await office.gateway.account();
    const refused = office.server.refuse(email, 450);
    await office.put(securityNoticeMail, notice(id));
    await refused;
    const tried = [{ attempts: 1, last_error: '450', payload: expect.any(String) }];
    await expect.poll(() => office.waiting()).toEqual(tried);
    expect(await office.counted('account', 'delayed')).toBe(1);

    const refusedAgain = office.server.refuse(email, 451);
    await office.hurry();
    await refusedAgain;
    const triedAgain = [{ attempts: 2, last_error: '451', payload: expect.any(String) }];
    await expect.poll(() => office.waiting()).toEqual(triedAgain);

    await office.hurry();
    await office.server.next(email);
    await emptyQueue();
    expect(office.server.accepted.filter(({ to }) => to === email)).toHaveLength(1);
    expect(await office.counted('account', 'delayed')).toBe(1);
  });

  it.each([
    ['recipient', 550],
    ['message', 554],
  ] as const)('gives up when the server refuses the %s permanently', async (at, code) => {
    const { id, email } = await office.gateway.account();
    const before = await office.counted('account', 'bounced');
    const refused = office.server.refuse(email, code, at);
    await office.put(securityNoticeMail, notice(id));
    await refused;
    await emptyQueue();
    expect(await office.counted('account', 'bounced')).toBe(before + 1);
    expect(events('mail.failed').at(-1)).toMatchObject({ part: 'smtp', code: String(code) });
    expect(office.server.accepted.filter(({ to }) => to === email)).toEqual([]);
  });

  it('gives up after the last attempt, and keeps nothing', async () => {
    const { id, email } = await office.gateway.account();
    const first = office.server.refuse(email, 451);
    await office.put(securityNoticeMail, notice(id));
    await first;
    await expect.poll(async () => (await office.waiting())[0]?.last_error).toBe('451');
    const last = office.server.refuse(email, 452);
    await office.source.query('UPDATE graphile_worker._private_jobs SET attempts = 12');
    await office.hurry();
    await last;
    await emptyQueue();
    expect(events('mail.failed').at(-1)).toMatchObject({ code: '452' });
  });

  it('waits for a server that is away, and logs once that it is away and once that it is back', async () => {
    const people = [await office.gateway.account(), await office.gateway.account()];
    await office.server.goAway();
    await office.put(securityNoticeMail, ...people.map(({ id }) => notice(id)));
    const given = {
      attempts: 0,
      last_error: expect.stringMatching(/^E[A-Z]+$/),
      payload: expect.any(String),
    };
    await expect.poll(() => office.waiting()).toContainEqual(given);
    const lost = events('dependency.lost').filter(({ part }) => part === 'smtp');
    expect(lost).toHaveLength(1);
    expect((await fetch(`${office.gateway.metricsUrl}/readyz`)).status).toBe(200);

    await office.server.comeBack();
    for (const { email } of people) await office.server.next(email);
    await emptyQueue();
    expect(events('dependency.back').filter(({ part }) => part === 'smtp')).toHaveLength(1);
  });

  it('logs and stores no address, even after a failure', async () => {
    const { id, email } = await office.gateway.account();
    const refused = office.server.refuse(email, 450);
    await office.put(securityNoticeMail, notice(id));
    await refused;
    await expect.poll(async () => (await office.waiting())[0]?.last_error).toBe('450');
    const rows = await office.source.query('SELECT * FROM graphile_worker._private_jobs');
    expect(JSON.stringify(rows)).not.toContain(email);
    expect(JSON.stringify(rows)).not.toContain(id);
    await office.hurry();
    await office.server.next(email);
    expect(office.gateway.log.join('')).not.toContain('@');
  });

  it('uses the same Message-ID for every attempt at a mail', async () => {
    const { id, email } = await office.gateway.account();
    await office.put(securityNoticeMail, notice(id), notice(id));
    const [one, other] = [await office.server.next(email), await office.server.next(email)];
    expect(one.messageId).toMatch(/^<[\w-]{43}@cyberspacevpn\.example>$/);
    expect(other.messageId).not.toBe(one.messageId);
  });

  it('continues after Postgres has closed its connections', async () => {
    const { id, email } = await office.gateway.account();
    const held = office.server.hold(email);
    await office.put(securityNoticeMail, notice(id));
    await held.arrived;
    await office.source.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    held.release();
    await office.server.next(email);
    const after = await office.gateway.account();
    await office.put(securityNoticeMail, notice(after.id));
    await office.server.next(after.email);
  });

  it('keeps a mail that was sealed with another key for a day, counts the attempts, and logs when it drops the mail', async () => {
    const foreign = new Outbox(new Keyring(Buffer.alloc(32, 9)));
    const { id } = await office.gateway.account();
    await office.source.transaction((manager) => foreign.put(manager, securityNoticeMail, notice(id)));
    await expect
      .poll(() => office.waiting())
      .toMatchObject([{ attempts: 1, last_error: 'UNREADABLE', payload: expect.any(String) }]);
    const metrics = await (await fetch(`${office.gateway.metricsUrl}/metrics`)).text();
    expect(metrics).toMatch(/^gateway_mails_unreadable_total [1-9]/m);
    expect(events('mail.failed').filter(({ code }) => code === 'UNREADABLE')).toEqual([]);
    await office.source.query('UPDATE graphile_worker._private_jobs SET attempts = 12');
    await office.hurry();
    await emptyQueue();
    expect(events('mail.failed').at(-1)).toMatchObject({ code: 'UNREADABLE' });
  });

  it('sends a link that somebody waits for before a campaign', async () => {
    const queue = office.source.createQueryRunner();
    await queue.startTransaction();
    const { outbox } = office;
    await outbox.put(queue.manager, campaignMail, { accountId: randomUUID(), campaignId: randomUUID() });
    await outbox.put(queue.manager, passwordResetMail, { passwordResetId: randomUUID() });
    const order: { payload: unknown }[] = await queue.query(
      'SELECT payload FROM graphile_worker._private_jobs ORDER BY priority, run_at',
    );
    await queue.rollbackTransaction();
    await queue.release();
    const mails = order.map(({ payload }) => office.outbox.open(payload));
    expect(mails.map((mail) => mail?.template)).toEqual(['password-reset', 'campaign']);
  });

  it('sends nothing to an account that does not exist, and removes the mail', async () => {
    const before = office.server.accepted.length;
    await office.put(securityNoticeMail, notice(randomUUID()));
    await emptyQueue();
    expect(office.server.accepted).toHaveLength(before);
  });

  it('tries again later with a version of the privacy policy that it has not read yet', async () => {
    const { id } = await office.gateway.account();
    await office.put(policyChangeMail, { accountId: id, version: 'unread' });
    await expect.poll(async () => (await office.waiting())[0]?.last_error).toBe('UnknownPolicyVersion');
    await office.source.query('DELETE FROM graphile_worker._private_jobs');
  });

  it('sends each mail once when two gateways share the queue', async () => {
    const config = readGatewayConfig({
      ...GATEWAY_SETTINGS,
      GATEWAY_PORT: '0',
      GATEWAY_METRICS_PORT: '0',
      DATABASE_URL: office.gateway.database.url,
      REDIS_URL: office.gateway.redis.url,
      REDIS_EPHEMERAL_URL: office.gateway.ephemeral.url,
      SMTP_URL: office.server.url,
    });
    const second = await startGateway(
      config,
      createLogger('gateway', () => {}),
    );
    const people = await Promise.all(Array.from({ length: 20 }, () => office.gateway.account()));
    await office.put(securityNoticeMail, ...people.map(({ id }) => notice(id)));
    await Promise.all(people.map(({ email }) => office.server.next(email)));
    await emptyQueue();
    await second.stop();
    const sent = office.server.accepted.filter(({ to }) => people.some(({ email }) => email === to));
    expect(sent).toHaveLength(20);
  });
});

describe('a gateway that stops while it sends', () => {
  it('waits for the response, and leaves nothing in the queue', async () => {
    const office = await startPostOffice();
    const { id, email } = await office.gateway.account();
    const held = office.server.hold(email);
    await office.put(securityNoticeMail, { accountId: id, change: 'totp-enabled' });
    await held.arrived;
    const stopped = office.gateway.gateway.stop();
    held.release();
    await stopped;
    expect(office.server.accepted).toHaveLength(1);
    expect(await office.waiting()).toEqual([]);
    await office.stop();
  });

  it('returns the mail to the queue when no response comes', async () => {
    const office = await startPostOffice();
    const { id, email } = await office.gateway.account();
    const held = office.server.hold(email);
    await office.put(securityNoticeMail, { accountId: id, change: 'totp-enabled' });
    await held.arrived;
    await office.gateway.gateway.stop();
    const [job] = await office.source.query(
      'SELECT attempts, last_error, locked_at FROM graphile_worker._private_jobs',
    );
    expect(job).toEqual({ attempts: 1, last_error: 'EABORT', locked_at: null });
    held.release();
    await office.stop();
  });
});

describe('a gateway whose Postgres fails', () => {
  let office: PostOffice;
  let postgres: FaultProxy;
  beforeAll(async () => {
    office = await startPostOffice(async (storeUrl) => {
      if (!storeUrl.startsWith('postgres')) return storeUrl;
      postgres = await faultProxyTo(storeUrl);
      return postgres.url;
    });
  });
  afterAll(async () => {
    await office?.stop();
    postgres?.close();
  });

  it('does not send a mail again when it could not write its end', async () => {
    const { id, email } = await office.gateway.account();
    await office.source.query(`CREATE SEQUENCE ends;
      CREATE FUNCTION refuse_end() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM nextval('public.ends'); RAISE 'no end'; END $$;
      CREATE TRIGGER refuse_end BEFORE DELETE ON graphile_worker._private_jobs EXECUTE FUNCTION refuse_end()`);
    await office.put(securityNoticeMail, { accountId: id, change: 'totp-enabled' });
    await office.server.next(email);
    const refused = async () => (await office.source.query('SELECT is_called FROM ends'))[0].is_called;
    await expect.poll(refused).toBe(true);
    await office.source.query('DROP TRIGGER refuse_end ON graphile_worker._private_jobs');
    await expect.poll(() => office.waiting(), { timeout: 20_000 }).toEqual([]);
    expect(office.server.accepted).toHaveLength(1);
  });

  it('sends what is queued after Postgres was away', async () => {
    await postgres.cut();
    await postgres.mend();
    const { id, email } = await office.gateway.account();
    await office.put(securityNoticeMail, { accountId: id, change: 'totp-disabled' });
    await office.server.next(email);
  });

  it('stops even without Postgres', async () => {
    await postgres.cut();
    await office.gateway.gateway.stop();
    expect(office.gateway.log.join('')).not.toContain('process.failed');
  });
});
