import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryKey } from '../../src/ephemeral/memory-key.js';
import { type Action, type Subject, Throttle } from '../../src/ephemeral/throttle.js';
import { parseAddress } from '../../src/lib/ip.js';
import { isUnavailable } from '../../src/runtime/availability.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const MIDNIGHT = Date.parse('2026-11-24T00:00:00Z');
const EMAIL = 'anna@example.com';
const source = parseAddress('192.0.2.1');

describe('the throttle', () => {
  let server: TestRedis;
  let redis: Redis;
  let key: MemoryKey;
  let throttle: Throttle;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.operatorUrl);
  });
  beforeEach(async () => {
    await redis.flushdb();
    key = MemoryKey.random(NOON);
    throttle = throttleWith(key);
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  const throttleWith = (held: MemoryKey, clock = () => NOON) => new Throttle(redis, () => held, clock);
  /** How many of so many tries are allowed. */
  async function allowed(tries: number, action: Action, subjectOf: (index: number) => Subject) {
    let count = 0;
    for (let index = 0; index < tries; index += 1) {
      if (await throttle.allows(action, subjectOf(index))) count += 1;
    }
    return count;
  }
  const nth = (index: number) => parseAddress(`198.51.100.${index}`);

  it('counts per e-mail address and source together', async () => {
    expect(await allowed(12, 'sign-in', () => ({ email: EMAIL, source }))).toBe(10);
    expect(await throttle.allows('sign-in', { email: EMAIL, source: nth(1) })).toBe(true);
    expect(await throttle.allows('sign-in', { email: 'bert@example.com', source })).toBe(true);
  });

  it('counts per source, whatever the attempts are for', async () => {
    expect(await allowed(110, 'sign-in', (index) => ({ email: `${index}@example.com`, source }))).toBe(100);
  });

  it('counts per e-mail address, from all sources', async () => {
    expect(await allowed(110, 'sign-in', (index) => ({ email: EMAIL, source: nth(index) }))).toBe(100);
  });

  it('counts an IPv6 source as its /64, which one subscriber has', async () => {
    const subject = (index: number) => ({ email: EMAIL, source: parseAddress(`2001:db8::${index}`) });
    expect(await allowed(12, 'sign-in', subject)).toBe(10);
    const other = parseAddress('2001:db8:0:1::1');
    expect(await throttle.allows('sign-in', { email: EMAIL, source: other })).toBe(true);
  });

  it('counts all sources that cannot be determined as one, so that no rule is skipped', async () => {
    expect(await allowed(12, 'sign-in', () => ({ email: EMAIL, source: null }))).toBe(10);
    const others = (index: number) => ({ email: `${index}@example.com`, source: null });
    expect(await allowed(110, 'sign-in', others)).toBe(90);
  });

  it('counts the other parts when the string was no e-mail address', async () => {
    expect(await allowed(110, 'sign-in', () => ({ email: null, source }))).toBe(100);
  });

  it('does not count a refused attempt for later rules, so that one source cannot use up the daily attempts of an address', async () => {
    await allowed(200, 'sign-in', () => ({ email: EMAIL, source }));
    expect(await allowed(100, 'sign-in', (index) => ({ email: EMAIL, source: nth(index) }))).toBe(90);
  });

  it('forgets the attempts of an address after a success, and gives the source one attempt back', async () => {
    const subject = { email: EMAIL, source };
    expect(await allowed(9, 'sign-in', () => subject)).toBe(9);
    expect(await throttle.allows('sign-in', subject)).toBe(true);
    await throttle.forget('sign-in', subject);
    expect(await allowed(12, 'sign-in', () => subject)).toBe(10);
    // 9 + 10 tries count for the source, which has 81 more.
    expect(await allowed(90, 'sign-in', (index) => ({ email: `${index}@example.com`, source }))).toBe(81);
  });

  it.each([
    ['second-factor', { accountId: 'a' }, 5],
    ['second-factor', { known: 'a' }, 5],
    ['sign-in', { known: 'a' }, 10],
    ['step-up', { known: 'a' }, 10],
    ['sign-up', { email: EMAIL, source: null }, 5],
    ['sign-up', { email: null, source }, 20],
    ['password-reset', { email: EMAIL, source: null }, 5],
    ['password-reset', { email: null, source }, 20],
    ['email-change', { accountId: 'a', source: null }, 5],
  ] as const)('allows %s of %j %i times', async (action, subject, tries) => {
    expect(await allowed(tries + 2, action, () => subject)).toBe(tries);
  });

  it('counts actions separately', async () => {
    await allowed(6, 'second-factor', () => ({ accountId: 'a' }));
    expect(await throttle.allows('step-up', { accountId: 'a' })).toBe(true);
  });

  it('counts together for all gateways with the same key', async () => {
    const other = throttleWith(MemoryKey.from(key.state()));
    await allowed(10, 'sign-in', () => ({ email: EMAIL, source }));
    expect(await other.allows('sign-in', { email: EMAIL, source })).toBe(false);
  });

  it('restarts at midnight, when the key changes', async () => {
    let now = MIDNIGHT - 1000;
    key = MemoryKey.random(now);
    throttle = throttleWith(key, () => now);
    expect(await allowed(12, 'sign-in', () => ({ email: EMAIL, source }))).toBe(10);
    now = MIDNIGHT;
    expect(await throttle.allows('sign-in', { email: EMAIL, source })).toBe(true);
  });

  it('keeps counts in Redis under keyed digests, with an expiry', async () => {
    await throttle.allows('sign-in', { email: EMAIL, source });
    const keys = await redis.keys('*');
    expect(keys).toHaveLength(3);
    for (const each of keys) {
      expect(each).toMatch(/^throttle:[\w-]{43}$/);
      expect(await redis.get(each)).toBe('1');
      expect(await redis.ttl(each)).toBeGreaterThan(0);
    }
  });

  it('rejects as unavailable while Redis is away, and allows nothing', async () => {
    const away = new Redis(server.url, { enableOfflineQueue: false, lazyConnect: true });
    const tried = new Throttle(away, () => key).allows('sign-in', { email: EMAIL, source });
    const error = await tried.catch((reason: unknown) => reason);
    expect(isUnavailable(error)).toBe(true);
    away.disconnect();
  });
});
