import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MemoryKey } from '../../src/ephemeral/memory-key.js';
import { RedisReplayGuard } from '../../src/ephemeral/replay-guard.js';
import { type SharedMemoryKey, shareMemoryKey } from '../../src/ephemeral/shared-memory-key.js';
import { parseDay } from '../../src/lib/calendar.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const HOUR = 3_600_000;
const NEXT_NOON = NOON + 24 * HOUR;
const MIDNIGHT = NOON + 12 * HOUR;

/** Another holder of the same key. */
function copy(key: MemoryKey): MemoryKey {
  return MemoryKey.from(key.state());
}

describe('a memory key', () => {
  it('makes one digest of a value all day, another one the next day, and the same ones at every gateway', () => {
    const key = MemoryKey.random(NOON);
    const other = copy(key);
    const digest = key.digest('value', NOON);
    expect(key.digest('value', MIDNIGHT - 1)).toBe(digest);
    expect(key.digest('another', NOON)).not.toBe(digest);
    const next = key.digest('value', MIDNIGHT);
    expect(next).not.toBe(digest);
    expect(other.digest('value', NEXT_NOON)).toBe(next);
    expect(copy(key).digest('value', NEXT_NOON + 30 * 24 * HOUR)).toBe(
      other.digest('value', NEXT_NOON + 30 * 24 * HOUR),
    );
  });

  it('cannot be reversed: nothing of the key of yesterday is left', () => {
    const key = MemoryKey.random(NOON);
    const yesterday = key.state().key;
    const digest = key.digest('value', NOON);
    key.advance(parseDay('2026-11-24')!);
    expect(key.state().key).not.toBe(yesterday);
    expect(key.state().day).toBe('2026-11-24');
    expect(key.digest('value', NOON)).not.toBe(digest);
  });

  it('returns before midnight also the digest of the next day', () => {
    const key = MemoryKey.random(NOON);
    expect(key.digests('value', 120, NOON)).toEqual([key.digest('value', NOON)]);
    const [before, after, ...more] = key.digests('value', 120, MIDNIGHT - 60_000);
    expect(more).toEqual([]);
    expect(before).toBe(key.digest('value', MIDNIGHT - 1));
    expect(after).toBe(key.digest('value', MIDNIGHT));
  });

  it('of two keys, both holders keep the older one', () => {
    const [older, younger] = [MemoryKey.random(NOON), MemoryKey.random(NOON + 1)];
    const later = NEXT_NOON;
    for (const merged of [older.merge(copy(younger), later), younger.merge(copy(older), later)]) {
      expect(merged.digest('value', NEXT_NOON)).toBe(copy(older).digest('value', NEXT_NOON));
      expect(merged.since).toBe(later);
    }
  });

  it('of two keys that were made at the same time, both holders choose the same', () => {
    const [one, another] = [MemoryKey.random(NOON), MemoryKey.random(NOON)];
    expect(one.merge(copy(another), NOON).state().key).toBe(another.merge(copy(one), NOON).state().key);
  });

  it('that both holders have already stays as it is', () => {
    const key = MemoryKey.random(NOON);
    expect(key.merge(copy(key), NEXT_NOON).since).toBe(NOON);
  });
});

describe('the gateways of one installation', () => {
  let server: TestRedis;
  let redis: Redis;
  const members: SharedMemoryKey[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.operatorUrl);
    // One test takes the server away.
    redis.on('error', () => {});
  });
  afterEach(() => {
    for (const member of members.splice(0)) member.close();
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  const keyring = new Keyring(Buffer.alloc(32, 7));
  const begin = async (secret = keyring) => {
    const member = await shareMemoryKey(redis, secret);
    members.push(member);
    return member;
  };
  const digest = (member: SharedMemoryKey) => member.current().digest('value');
  const gone = () => expect.poll(() => redis.pubsub('NUMSUB', 'memory-key')).toEqual(['memory-key', 0]);

  it('share one key: a gateway that starts takes the key of the running ones', async () => {
    const first = await begin();
    const second = await begin();
    expect(digest(second)).toBe(digest(first));
    expect(second.current().since).toBe(first.current().since);
    first.close();
    expect(digest(await begin())).toBe(digest(second));
  });

  it('agree when they start at the same time', async () => {
    await gone();
    const all = await Promise.all(Array.from({ length: 5 }, () => begin()));
    await expect.poll(() => new Set(all.map(digest)).size).toBe(1);
  });

  it('have a new key after all have ended, and know whether earlier uses are unknown', async () => {
    await gone();
    const before = await begin();
    const old = digest(before);
    expect(before.current().since).toBe(0);
    const replayGuard = await RedisReplayGuard.open(redis, () => before.current());
    await replayGuard.firstUse('totp', 'value', 60);
    before.close();
    await gone();
    const started = Date.now();
    const after = await begin();
    expect(digest(after)).not.toBe(old);
    expect(after.current().since).toBeGreaterThanOrEqual(started);
    await redis.flushdb();
  });

  it('agree again after one was cut off', async () => {
    await gone();
    const first = await begin();
    // Of the same day at every hour of it: the first one would be advanced to another's.
    const alone = { ...MemoryKey.random().state(), made: Date.now() + HOUR };
    const message = { sender: 'another', asks: true, uses: true, state: alone };
    const kept = digest(first);
    await redis.publish('memory-key', keyring.seal('memory-key', JSON.stringify(message)));
    await expect.poll(() => first.current().since).toBeGreaterThan(first.current().state().made);
    expect(digest(first)).toBe(kept);
  });

  it('keep the key through an outage of Redis, and answer gateways that start after it', async () => {
    await gone();
    const first = await begin();
    const kept = digest(first);
    await server.kill();
    await server.restart();
    await expect
      .poll(() => redis.pubsub('NUMSUB', 'memory-key'), { timeout: 10_000 })
      .toEqual(['memory-key', 1]);
    expect(digest(await begin())).toBe(kept);
    expect(digest(first)).toBe(kept);
  });

  it('accept no key that was not sealed by the installation', async () => {
    await gone();
    const first = await begin();
    const stranger = await begin(new Keyring(Buffer.alloc(32, 8)));
    await redis.publish('memory-key', 'not sealed');
    expect(digest(stranger)).not.toBe(digest(first));
  });

  it('leave no trace of the key in Redis or on its disk', async () => {
    const member = await begin();
    await redis.set('canary', 'written down');
    const { key } = member.current().state();
    expect((await redis.keys('*')).join()).not.toContain('memory-key');
    const folder = join(server.dataDir, 'redis');
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) =>
      each.isFile(),
    );
    const bytes = Buffer.concat(
      await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name)))),
    );
    expect(bytes.includes('written down')).toBe(true);
    for (const form of [key, Buffer.from(key, 'base64url'), Buffer.from(key, 'base64url').toString('hex')]) {
      expect(bytes.includes(form)).toBe(false);
    }
    expect(bytes.includes('memory-key')).toBe(false);
  });
});
