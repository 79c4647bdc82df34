import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryKey } from '../../src/services/memory-key.js';
import { RedisOnce } from '../../src/services/once.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const BEFORE_MIDNIGHT = Date.parse('2026-11-23T23:59:30Z');
const AFTER_MIDNIGHT = BEFORE_MIDNIGHT + 60_000;

describe('what may be used once', () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  const once = (key: MemoryKey, now?: number) =>
    new RedisOnce(redis, () => key, now === undefined ? Date.now : () => now);

  it('is new the first time, and spent ever after, for all gateways', async () => {
    const key = MemoryKey.random();
    const other = once(MemoryKey.from(key.state()));
    expect(await once(key).first('totp', 'value', 60)).toBe(true);
    expect(await once(key).first('totp', 'value', 60)).toBe(false);
    expect(await other.first('totp', 'value', 60)).toBe(false);
    expect(await other.first('totp', 'another value', 60)).toBe(true);
    expect(await other.first('challenge', 'value', 60)).toBe(true);
  });

  it('is given to one of many who ask at the same time', async () => {
    const asked = once(MemoryKey.random());
    const answers = await Promise.all(Array.from({ length: 50 }, () => asked.first('totp', 'value', 60)));
    expect(answers.filter((first) => first)).toHaveLength(1);
  });

  it('stays spent over midnight', async () => {
    const key = MemoryKey.random(BEFORE_MIDNIGHT);
    expect(await once(key, BEFORE_MIDNIGHT).first('totp', 'value', 120)).toBe(true);
    expect(await once(key, AFTER_MIDNIGHT).first('totp', 'value', 120)).toBe(false);
  });

  it('stays spent for a gateway whose clock is behind', async () => {
    const key = MemoryKey.random(BEFORE_MIDNIGHT);
    const behind = MemoryKey.from(key.state());
    expect(await once(key, AFTER_MIDNIGHT).first('totp', 'value', 120)).toBe(true);
    expect(await once(behind, BEFORE_MIDNIGHT).first('totp', 'value', 120)).toBe(false);
  });

  it('is remembered as long as asked, by a digest that nobody can make without the key', async () => {
    await redis.flushdb();
    await once(MemoryKey.random()).first('totp', 'value', 60);
    const [key, ...more] = await redis.keys('*');
    expect(more).toEqual([]);
    expect(key).toMatch(/^spent:[\w-]{43}$/);
    expect(await redis.get(key!)).toBe('');
    expect(await redis.ttl(key!)).toBe(60);
  });

  it('tells since when it remembers', () => {
    expect(once(MemoryKey.random(BEFORE_MIDNIGHT)).since()).toBe(BEFORE_MIDNIGHT);
  });
});
