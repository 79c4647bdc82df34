import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { securityNoticeMail } from '../../src/services/sign-in/mails/security-notice.js';
import { type PostOffice, startPostOffice } from './post-office.js';

/** More than the gateway sends at the same time, many times over. */
const MANY = 200;

describe('mails that wait while the mail server is away', () => {
  let office: PostOffice;
  let account: { readonly id: string; readonly email: string };
  beforeAll(async () => {
    office = await startPostOffice();
    account = await office.gateway.account();
    await office.source.query(`CREATE SEQUENCE changes;
      CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM nextval('public.changes'); RETURN NULL; END $$;
      CREATE TRIGGER count_change AFTER UPDATE ON graphile_worker._private_jobs
        FOR EACH ROW EXECUTE FUNCTION count_change()`);
  });
  afterAll(() => office?.stop());
  beforeEach(async () => {
    await expect.poll(async () => (await rows())[0].mails).toBe(0);
    await office.source.query('ALTER SEQUENCE changes RESTART');
  });

  const notice = (accountId = account.id) => ({ accountId, change: 'passkey-added' }) as const;
  const changes = async () => {
    const [row] = await office.source.query('SELECT last_value, is_called FROM changes');
    return row.is_called ? Number(row.last_value) : 0;
  };
  const rows = () =>
    office.source.query(
      `SELECT count(*)::integer AS mails, max(attempts) AS attempts, max(run_at) <= now() AS due
       FROM graphile_worker._private_jobs`,
    );
  const smtp = (event: string) =>
    office.gateway.log.map((line) => JSON.parse(line)).filter((e) => e.event === event && e.part === 'smtp');
  const up = async () => {
    const text = await (await fetch(`${office.gateway.metricsUrl}/metrics`)).text();
    return /^gateway_dependency_up\{part="smtp"\} (\d)$/m.exec(text)?.[1];
  };

  it.each([
    ['refuses connections', () => office.server.goAway()],
    ['answers 421', () => office.server.turnAway()],
  ])(
    'keep their attempts and their order when it %s, and are all sent when it is back',
    async (_what, leave) => {
      const [lost, back] = [smtp('dependency.lost').length, smtp('dependency.back').length];
      const sent = office.server.accepted.length;
      await leave();
      await office.put(securityNoticeMail, ...Array.from({ length: MANY }, () => notice()));
      await expect.poll(() => smtp('dependency.lost').length).toBe(lost + 1);
      await expect.poll(rows).toEqual([{ mails: MANY, attempts: 0, due: true }]);
      expect(await up()).toBe('0');
      // Taken, failed and returned: by each of four workers, which may have taken one more.
      expect(await changes()).toBeLessThanOrEqual(3 * 2 * 4);
      await office.server.comeBack();
      await expect.poll(() => office.server.accepted.length, { timeout: 20_000 }).toBe(sent + MANY);
      await expect.poll(async () => (await rows())[0].mails).toBe(0);
      expect(smtp('dependency.lost')).toHaveLength(lost + 1);
      expect(smtp('dependency.back')).toHaveLength(back + 1);
      expect(await up()).toBe('1');
    },
  );

  it('are not touched by the probes', async () => {
    const server = await office.server.turnAway();
    await office.put(securityNoticeMail, ...Array.from({ length: MANY }, () => notice()));
    await expect.poll(rows).toEqual([{ mails: MANY, attempts: 0, due: true }]);
    await expect.poll(up).toBe('0');
    await expect.poll(rows).toEqual([{ mails: MANY, attempts: 0, due: true }]);
    const before = await changes();
    await server.turned(1);
    expect(await changes()).toBe(before);
    await office.server.comeBack();
    await expect.poll(async () => (await rows())[0].mails, { timeout: 20_000 }).toBe(0);
  });

  it('are sent in the order of their priority', async () => {
    const other = await office.gateway.account();
    await office.server.goAway();
    const lost = smtp('dependency.lost').length;
    await office.put(securityNoticeMail, ...Array.from({ length: 20 }, () => notice()));
    await expect.poll(() => smtp('dependency.lost').length).toBe(lost + 1);
    const before = office.server.accepted.length;
    // The priority of campaign mails.
    await office.source.query('UPDATE graphile_worker._private_jobs SET priority = 2');
    await office.put(securityNoticeMail, notice(other.id));
    await office.server.comeBack();
    await office.server.next(other.email);
    const place = office.server.accepted.slice(before).findIndex(({ to }) => to === other.email);
    expect(place).toBeLessThan(4);
  });

  it('are given up after a day, and nothing of them stays', async () => {
    await office.server.goAway();
    const bounced = await office.counted('account', 'bounced');
    await office.put(securityNoticeMail, notice(), notice());
    await expect.poll(rows).toEqual([{ mails: 2, attempts: 0, due: true }]);
    await expect.poll(up).toBe('0');
    await office.source.query(
      `UPDATE graphile_worker._private_jobs SET created_at = now() - interval '25 hours'
       WHERE id = (SELECT min(id) FROM graphile_worker._private_jobs)`,
    );
    await expect.poll(async () => (await office.waiting()).length, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => office.counted('account', 'bounced')).toBe(bounced + 1);
    expect(smtp('mail.failed').at(-1)).toMatchObject({ code: 'ESOCKET' });
    await office.server.comeBack();
    await expect.poll(async () => (await rows())[0].mails, { timeout: 10_000 }).toBe(0);
  });

  it('are not held up by a mail at which the server breaks the connection', async () => {
    const poison = await office.gateway.account();
    const lost = smtp('dependency.lost').length;
    office.server.drop(poison.email);
    await office.put(securityNoticeMail, notice(poison.id), notice());
    await expect
      .poll(() => office.waiting(), { timeout: 10_000 })
      .toMatchObject([{ attempts: 1, last_error: expect.any(String) }]);
    expect(smtp('dependency.lost')).toHaveLength(lost);
    await office.source.query('DELETE FROM graphile_worker._private_jobs');
  });
});
