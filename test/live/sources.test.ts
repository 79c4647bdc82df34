import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { OWNER_CHANGED } from '../../src/allowlist/keys.js';
import { AccountChanges } from '../../src/db/account-changes.js';
import { connectRedis } from '../../src/redis/connect.js';
import { Dependency } from '../../src/runtime/dependency.js';
import { createLogger } from '../../src/runtime/log.js';
import { listenToChanges } from '../../src/services/live/sources.js';
import { startPlainRedis } from '../support/stores/plain-redis.js';

it('changes arrive after a reconnection that was lost before Redis had confirmed the subscription', async () => {
  const server = await startPlainRedis();
  const log = createLogger('gateway', () => {});
  const redis = await connectRedis(server.url, new Dependency('redis', log, () => {}));
  const duplicate = vi.spyOn(redis, 'duplicate');
  const changes = new AccountChanges();
  const sources = await listenToChanges({
    redis,
    database: { listen: async () => ({ stop: async () => {} }) },
    changes,
    dependency: { lost: () => {}, back: () => {} },
  });
  onTestFinished(async () => {
    await sources.stop();
    redis.disconnect();
    await server.stop();
  });
  const subscriber = duplicate.mock.results[0]!.value as Redis;
  const receivers = () => redis.publish(OWNER_CHANGED, 'a topic');
  expect(await receivers()).toBe(1);

  // Redis has not answered SUBSCRIBE when the connection is ready.
  subscriber.once('ready', () => subscriber.stream.destroy());
  subscriber.stream.destroy();
  await once(subscriber, 'ready');
  await once(subscriber, 'ready');
  await expect.poll(receivers).toBe(1);
});
