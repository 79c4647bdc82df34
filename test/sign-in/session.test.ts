import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/lib/durations.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

const anna = { accountId: 'anna', role: 'user', secondFactor: false } as const;
const bert = { ...anna, accountId: 'bert' };

describe('sessions', () => {
  let server: TestRedis;
  let redis: Redis;
  let sessions: SessionService;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.operatorUrl);
    sessions = new SessionService(redis);
  });
  beforeEach(() => redis.flushdb());
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  const alive = (tokens: readonly string[]) =>
    Promise.all(tokens.map(async (token) => (await sessions.find(token)) !== null));
  const begin = async (session: typeof anna | typeof bert) => (await sessions.create(session)).token;

  it('of one account are ended together, and those of others go on', async () => {
    const tokens = [await begin(anna), await begin(anna), await begin(bert)];
    await sessions.revokeAll('anna');
    expect(await alive(tokens)).toEqual([false, false, true]);
    expect(await redis.exists('account-sessions:anna')).toBe(0);
  });

  it('of one account are ended but one', async () => {
    const tokens = [await begin(anna), await begin(anna), await begin(anna)];
    await sessions.revokeAll('anna', tokens[1]);
    expect(await alive(tokens)).toEqual([false, true, false]);
    await sessions.revokeAll('anna');
    expect(await alive(tokens)).toEqual([false, false, false]);
  });

  it('leave the index when they are ended one by one', async () => {
    const tokens = [await begin(anna), await begin(anna)];
    await sessions.revoke(tokens[0]!);
    expect(await redis.zcard('account-sessions:anna')).toBe(1);
    await sessions.revoke(tokens[1]!);
    await sessions.revoke(tokens[1]!);
    expect(await redis.exists('account-sessions:anna')).toBe(0);
  });

  it('leave the index on the day that they end', async () => {
    const now = Date.now();
    await sessions.create(anna, now);
    await sessions.create(anna, now + 40 * DAY_MS);
    expect(await redis.zcard('account-sessions:anna')).toBe(1);
  });

  it('stand in an index that ends with the last of them, at a midnight in UTC', async () => {
    const first = await sessions.create(anna);
    expect(await redis.expiretime('account-sessions:anna')).toBe(first.expires.getTime() / 1000);
    const later = await sessions.create(anna, Date.now() + DAY_MS);
    expect(await redis.expiretime('account-sessions:anna')).toBe(later.expires.getTime() / 1000);
    const [digest, deadline] = await redis.zrange('account-sessions:anna', 0, 0, 'WITHSCORES');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(Number(deadline) % 86_400).toBe(0);
  });

  it('count a second factor from when it was shown, and end on the same day', async () => {
    const { token, expires } = await sessions.create(anna);
    await sessions.setSecondFactor(token, true);
    expect(await sessions.find(token)).toEqual({ ...anna, secondFactor: true });
    const [key] = await redis.keys('session:*');
    expect(await redis.expiretime(key!)).toBe(expires.getTime() / 1000);
  });

  it('that have ended are not begun again by a second factor', async () => {
    const token = await begin(anna);
    await sessions.revoke(token);
    await sessions.setSecondFactor(token, true);
    expect(await alive([token])).toEqual([false]);
    expect(await redis.dbsize()).toBe(0);
  });
});
