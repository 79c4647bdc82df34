import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';
import { runCli } from './run-cli.js';

let database: UsageDatabase;
let redis: TestRedis;
let settings: Record<string, string>;
beforeAll(async () => {
  [database, redis] = await Promise.all([usageDatabase(), startRedis()]);
  settings = { DATABASE_URL: database.url, REDIS_URL: redis.url };
});
afterAll(async () => {
  await database?.drop();
  await redis?.stop();
});
const lastPass = (day: string | null) => database.query('UPDATE installation SET worked_on = $1', [day]);
const stored = async () => (await database.query('SELECT worked_on::text AS day FROM installation'))[0]?.day;
afterEach(() => lastPass(null));

describe('clock', () => {
  it('shows the clocks and the day of the last deletions', async () => {
    const { code, stdout } = await runCli(['clock'], settings);
    expect([code, stdout]).toEqual([
      0,
      `this machine      ${today()}
postgres          ${today()}, as here
redis             ${today()}, as here
last deletions    none yet
`,
    ]);
  });

  it('reports that the day has jumped, until an operator confirms it', async () => {
    const before = daysAfter(today(), -300);
    await lastPass(before);
    const { code, stderr } = await runCli(['clock'], settings);
    expect([code, stderr]).toEqual([
      1,
      `the last deletions were on ${before}; nothing is deleted until the day is confirmed. When it is right, run: clock --confirm\n`,
    ]);
    expect(await stored()).toBe(before);
    expect(await runCli(['clock', '--confirm'], settings)).toMatchObject({
      code: 0,
      stderr: 'The day is confirmed. Gateways continue within a minute.\n',
    });
    expect(await stored()).toBe(today());
  });
});

describe('retention', () => {
  it('deletes nothing on a day that is far from the last deletions; a dry run still lists what is due', async () => {
    await lastPass('2026-01-01');
    await database.query(
      `INSERT INTO password_reset (id, email, expires_on) VALUES (gen_random_uuid(), 'a@example.net', '2026-01-02')`,
    );
    expect(await runCli(['retention'], settings)).toMatchObject({
      code: 1,
      stderr: 'nothing was deleted: the last deletions were on 2026-01-01; run: clock\n',
    });
    expect((await runCli(['retention', '--dry-run'], settings)).stdout).toContain('password-reset');
    expect(await database.query('SELECT FROM password_reset')).toHaveLength(1);
  });
});
