import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type TestRedis } from '../../support/stores/redis.js';

describe('the embedded Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  async function once<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(url, { retryStrategy: null, enableReadyCheck: false, disableClientInfo: true });
    client.on('error', () => {});
    try {
      return await use(client);
    } finally {
      client.disconnect();
    }
  }

  it('keeps what scripts and plain commands wrote over a kill', async () => {
    await once(redis.url, async (client) => {
      await client.set('plain', 'stays');
      await client.eval(
        "redis.call('SET', KEYS[1], 'stays'); redis.call('SET', KEYS[2], 'stays')",
        2,
        'a',
        'b',
      );
    });
    await redis.kill();
    await redis.restart();
    expect(await once(redis.url, (client) => client.mget('plain', 'a', 'b'))).toEqual([
      'stays',
      'stays',
      'stays',
    ]);
  });

  it('lets nobody in without a user', async () => {
    const anonymous = `redis://127.0.0.1:${redis.port}`;
    await expect(once(anonymous, (client) => client.get('plain'))).rejects.toThrow(/NOAUTH/);
  });

  it('lets the dns-node neither write nor read beyond the public allowlist', async () => {
    await expect(once(redis.nodeUrl, (client) => client.set('plain', 'x'))).rejects.toThrow(/NOPERM/);
    await expect(once(redis.nodeUrl, (client) => client.mget('plain'))).rejects.toThrow(/NOPERM/);
    await expect(once(redis.nodeUrl, (client) => client.mget('{allowlist}:revision'))).resolves.toEqual([
      null,
    ]);
  });

  it('lets the gateway administrate nothing', async () => {
    await expect(once(redis.url, (client) => client.config('SET', 'save', '1 1'))).rejects.toThrow(/NOPERM/);
    await expect(once(redis.url, (client) => client.call('ACL', 'LIST'))).rejects.toThrow(/NOPERM/);
  });
});
