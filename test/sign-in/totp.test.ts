import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { MemoryKey } from '../../src/ephemeral/memory-key.js';
import { REMEMBERS_SINCE, RedisReplayGuard } from '../../src/ephemeral/replay-guard.js';
import { Throttle } from '../../src/ephemeral/throttle.js';
import { Keyring } from '../../src/secrets/keyring.js';
import type { SecondFactorChanges } from '../../src/services/sign-in/second-factors/second-factor-changes.js';
import { TotpService } from '../../src/services/sign-in/second-factors/totp.js';
import { newTotpSecret, totpCode } from '../../src/services/sign-in/second-factors/totp-code.js';
import { makeAccount } from '../support/people/account.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

const STEP = 30_000;
/** Where a step begins. */
const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('showing a code', () => {
  let database: FreshDatabase;
  let server: TestRedis;
  let redis: Redis;
  let source: DataSource;
  const keyring = new Keyring(Buffer.alloc(32, 1));
  beforeAll(async () => {
    [database, server] = await Promise.all([freshDatabase(), startRedis()]);
    redis = new Redis(server.operatorUrl);
    source = await createDataSource(database.url).initialize();
  });
  afterAll(async () => {
    redis?.disconnect();
    await source?.destroy();
    await Promise.all([database?.drop(), server?.stop()]);
  });

  let now: number;
  let key: MemoryKey;
  let anna: { id: string };
  let secret: string;
  let totp: TotpService;
  beforeEach(async () => {
    now = NOW;
    key = MemoryKey.random(NOW).withoutGap();
    anna = await makeAccount({ databaseUrl: database.url, redisUrl: server.url });
    await redis.flushdb();
    await redis.set(REMEMBERS_SINCE, '0 since-long');
    secret = newTotpSecret();
    await enable(anna.id, secret);
    totp = await gateway();
  });

  async function gateway(): Promise<TotpService> {
    const replayGuard = await RedisReplayGuard.open(
      redis,
      () => key,
      () => now,
    );
    const throttle = new Throttle(redis, () => key);
    const changes = {} as SecondFactorChanges;
    return new TotpService({ database: source, keyring, replayGuard, throttle, changes, clock: () => now });
  }

  const enable = (accountId: string, of: string, confirmed = true) =>
    source.query('INSERT INTO totp (account_id, sealed_secret, confirmed) VALUES ($1, $2, $3)', [
      accountId,
      keyring.seal('totp-secret', of, accountId),
      confirmed,
    ]);
  const show = (of: number) => totp.verify(anna.id, totpCode(secret, of));

  it('is single-use on all gateways, however many requests show it at the same time', async () => {
    const other = await gateway();
    const shown = await Promise.all([show(NOW), show(NOW), other.verify(anna.id, totpCode(secret, NOW))]);
    expect(shown.filter(Boolean)).toHaveLength(1);
    expect(await show(NOW)).toBe(false);
  });

  it('is good with the codes beside it, each once', async () => {
    for (const of of [NOW + STEP, NOW - STEP, NOW]) {
      expect(await show(of)).toBe(true);
      expect(await show(of)).toBe(false);
    }
    expect(await show(NOW + 2 * STEP)).toBe(false);
    expect(await show(NOW - 2 * STEP)).toBe(false);
  });

  it('stays spent until it is too old, also over midnight', async () => {
    now = Date.parse('2026-11-23T23:59:30Z');
    const code = now + STEP;
    expect(await show(code)).toBe(true);
    now += 3 * STEP - 1;
    expect(await show(code)).toBe(false);
    const [mark] = await redis.keys('spent:*');
    expect(await redis.ttl(mark!)).toBeGreaterThanOrEqual(90);
  });

  it('is not good for another account, even with the same secret spent there', async () => {
    const bert = await makeAccount({ databaseUrl: database.url, redisUrl: server.url });
    expect(await totp.verify(bert.id, totpCode(secret, NOW))).toBe(false);
    await enable(bert.id, secret);
    expect(await totp.verify(bert.id, totpCode(secret, NOW))).toBe(true);
    expect(await show(NOW)).toBe(true);
  });

  it('is not good before the app is confirmed, nor with a secret of another installation', async () => {
    const bert = await makeAccount({ databaseUrl: database.url, redisUrl: server.url });
    await enable(bert.id, secret, false);
    expect(await totp.verify(bert.id, totpCode(secret, NOW))).toBe(false);
    await source.query('UPDATE totp SET sealed_secret = $2 WHERE account_id = $1', [
      anna.id,
      new Keyring(Buffer.alloc(32, 2)).seal('totp-secret', secret, anna.id),
    ]);
    expect(await show(NOW)).toBe(false);
    expect(await totp.verify(randomUUID(), totpCode(secret, NOW))).toBe(false);
  });

  it('is not good when it may have been spent before the gateways’ memory begins', async () => {
    // One step ahead, a code is good from the beginning of the step before.
    key = MemoryKey.random(NOW + 1);
    expect(await show(NOW)).toBe(false);
    expect(await show(NOW + STEP)).toBe(false);
    now += STEP;
    expect(await show(NOW + 2 * STEP)).toBe(true);
  });

  it('is good when the memory begins with the first moment of its use', async () => {
    key = MemoryKey.random(NOW);
    expect(await show(NOW + STEP)).toBe(true);
  });

  it('says nothing of the account in Redis', async () => {
    await show(NOW);
    const [mark, ...more] = (await redis.keys('*')).filter((key) => key !== REMEMBERS_SINCE);
    expect(more).toEqual([]);
    expect(mark).toMatch(/^spent:[\w-]{43}$/);
    expect(await redis.get(mark!)).toBe('');
  });
});
