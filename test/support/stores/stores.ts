// What a gateway stands on: a private Redis, one without a disk, and a private database, all of them real.
import { emptyDatabase, type FreshDatabase, freshDatabase } from './postgres.js';
import {
  initialiseAllowlist,
  startEphemeral,
  startRedis,
  type TestRedis,
  type TestRedisServer,
} from './redis.js';

export interface TestStores {
  readonly redis: TestRedis;
  readonly ephemeral: TestRedisServer;
  readonly database: FreshDatabase;
  /** The gateway's settings that name them. */
  readonly settings: Readonly<Record<'DATABASE_URL' | 'REDIS_URL' | 'REDIS_EPHEMERAL_URL', string>>;
  /** Ends them and deletes what they have stored. */
  stop(): Promise<void>;
}

/** `initialised`: whether the allowlist is. `migrated`: whether the database has its tables. */
export async function startStores({ initialised = true, migrated = true } = {}): Promise<TestStores> {
  const [redis, ephemeral, database] = await Promise.all([
    startRedis(),
    startEphemeral(),
    migrated ? freshDatabase() : emptyDatabase(),
  ]);
  if (initialised) await initialiseAllowlist(redis.url);
  return {
    redis,
    ephemeral,
    database,
    settings: { DATABASE_URL: database.url, REDIS_URL: redis.url, REDIS_EPHEMERAL_URL: ephemeral.url },
    async stop() {
      await Promise.all([redis.stop(), ephemeral.stop(), database.drop()]);
    },
  };
}
