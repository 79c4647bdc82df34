import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryKey } from '../../src/ephemeral/memory-key.js';
import { REMEMBERS_SINCE, RedisReplayGuard } from '../../src/ephemeral/replay-guard.js';
import { isUnavailable } from '../../src/runtime/availability.js';
import { startEphemeral, type TestRedisServer } from '../support/stores/redis.js';

const BEFORE_MIDNIGHT = Date.parse('2026-11-23T23:59:30Z');
const AFTER_MIDNIGHT = BEFORE_MIDNIGHT + 60_000;

describe('a single-use value', () => {
  let server: TestRedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startEphemeral();
    redis = new Redis(server.operatorUrl);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  const once = (key: MemoryKey, now?: number) =>
    RedisReplayGuard.open(redis, () => key, now === undefined ? Date.now : () => now);
  const spend = async (key: MemoryKey, now?: number) => (await once(key, now)).firstUse('totp', 'value', 120);

  it('is accepted the first time, and refused afterwards at every gateway', async () => {
    const key = MemoryKey.random();
    const other = await once(MemoryKey.from(key.state()));
    expect(await spend(key)).toBe(true);
    expect(await spend(key)).toBe(false);
    expect(await other.firstUse('totp', 'value', 60)).toBe(false);
    expect(await other.firstUse('totp', 'another value', 60)).toBe(true);
    expect(await other.firstUse('challenge', 'value', 60)).toBe(true);
  });

  it('is accepted for one of many simultaneous uses', async () => {
    const asked = await once(MemoryKey.random());
    const answers = await Promise.all(Array.from({ length: 50 }, () => asked.firstUse('totp', 'value', 60)));
    expect(answers.filter((first) => first)).toHaveLength(1);
  });

  it('stays used over midnight', async () => {
    const key = MemoryKey.random(BEFORE_MIDNIGHT);
    expect(await spend(key, BEFORE_MIDNIGHT)).toBe(true);
    expect(await spend(key, AFTER_MIDNIGHT)).toBe(false);
  });

  it('stays used at a gateway whose clock is behind', async () => {
    const key = MemoryKey.random(BEFORE_MIDNIGHT);
    const behind = MemoryKey.from(key.state());
    expect(await spend(key, AFTER_MIDNIGHT)).toBe(true);
    expect(await spend(behind, BEFORE_MIDNIGHT)).toBe(false);
  });

  it('is remembered for the requested time, under a digest that nobody can make without the key', async () => {
    await redis.flushdb();
    await (await once(MemoryKey.random())).firstUse('totp', 'value', 60);
    const [key, ...more] = (await redis.keys('*')).sort((one, other) => other.length - one.length);
    expect(more).toEqual([REMEMBERS_SINCE]);
    expect(key).toMatch(/^spent:[\w-]{43}$/);
    expect(await redis.get(key!)).toBe('');
    expect(await redis.ttl(key!)).toBe(60);
  });

  it('has records since the key was made, or since its store exists', async () => {
    await redis.set(REMEMBERS_SINCE, '0 since-long');
    expect((await once(MemoryKey.random(BEFORE_MIDNIGHT))).since()).toBe(BEFORE_MIDNIGHT);
    await redis.flushdb();
    const asked = await once(MemoryKey.random(BEFORE_MIDNIGHT), AFTER_MIDNIGHT);
    expect(asked.since()).toBe(AFTER_MIDNIGHT);
    // Another gateway, or the same one after a restart.
    expect((await once(MemoryKey.random(BEFORE_MIDNIGHT), AFTER_MIDNIGHT + 1)).since()).toBe(AFTER_MIDNIGHT);
  });

  it('from before a restart of the store is refused at every gateway; newer ones are accepted', async () => {
    const key = MemoryKey.random(BEFORE_MIDNIGHT);
    let now = BEFORE_MIDNIGHT;
    const open = () =>
      RedisReplayGuard.open(
        redis,
        () => key,
        () => now,
      );
    const [one, other] = [await open(), await open()];
    expect(await one.firstUse('totp', 'value', 60)).toBe(true);
    now = BEFORE_MIDNIGHT + 1000;
    await redis.flushdb();
    expect(await other.firstUse('totp', 'value', 60)).toBe(false);
    expect(other.since()).toBe(now);
    now += 1000;
    expect(await one.firstUse('totp', 'value', 60)).toBe(false);
    expect(one.since()).toBe(other.since());
    expect(await one.firstUse('totp', 'a newer value', 60)).toBe(true);
    expect(await other.firstUse('totp', 'a newer value', 60)).toBe(false);
  });

  it('is not forgotten when memory is used up: no other use is accepted then', async () => {
    const asked = await once(MemoryKey.random());
    const admin = new Redis(server.operatorUrl);
    expect(await admin.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await asked.firstUse('totp', 'value', 60)).toBe(true);
    // What a command is read into counts, too, until it has been read.
    for (const bytes of [8_000_000, 100_000, 1000, 10]) {
      const full = async () => {
        for (let count = 0; ; count += 1) await admin.set(`filler:${bytes}:${count}`, 'x'.repeat(bytes));
      };
      await expect(full()).rejects.toThrow(/^OOM /);
    }
    const refused = await asked.firstUse('totp', 'another', 60).catch((error: unknown) => error);
    expect(isUnavailable(refused)).toBe(true);
    await admin.flushdb();
    admin.disconnect();
  });
});
