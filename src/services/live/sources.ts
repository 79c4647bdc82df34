// Where a gateway learns of changes to accounts: a connection to Redis and one to Postgres that only listen. Each comes back by
// itself after a loss, and then all subscriptions read again.
import type { Redis } from 'ioredis';
import { OWNER_CHANGED } from '../../allowlist/keys.js';
import { ACCOUNT_CHANGED, type AccountChanges } from '../../db/account-changes.js';
import type { Database } from '../../db/database.js';
import { createSubscriber, resubscribe } from '../../redis/redis.js';
import type { Dependency } from '../../runtime/dependency.js';

export interface ChangeSources {
  stop(): Promise<void>;
}

/** Resolves when both listen. `dependency` is notified when Postgres is lost and back. */
export async function listenToChanges(parts: {
  readonly redis: Redis;
  readonly database: Pick<Database, 'listen'>;
  readonly changes: AccountChanges;
  readonly dependency: Pick<Dependency, 'lost' | 'back'>;
}): Promise<ChangeSources> {
  const { redis, database, changes, dependency } = parts;
  const subscriber = await listenToRedis(redis, changes);
  const listener = await database.listen(ACCOUNT_CHANGED, {
    message: (topic) => changes.notify(topic),
    lost: (cause) => dependency.lost(cause),
    back() {
      dependency.back();
      changes.notifyAll();
    },
  });
  return {
    async stop() {
      changes.close();
      subscriber.disconnect();
      await listener.stop();
    },
  };
}

async function listenToRedis(redis: Redis, changes: AccountChanges): Promise<Redis> {
  const subscriber = createSubscriber(redis);
  subscriber.on('message', (_channel, topic: string) => changes.notify(topic));
  await subscriber.connect();
  await subscriber.subscribe(OWNER_CHANGED);
  resubscribe(subscriber, OWNER_CHANGED, () => changes.notifyAll());
  return subscriber;
}
