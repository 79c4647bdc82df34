// Where a gateway hears of changes: a connection to Redis and one to Postgres that only listen. Each comes back by itself after
// a loss, and then everybody who watches reads anew.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { Client } from 'pg';
import { OWNER_CHANGED } from '../../allowlist/keys.js';
import { ACCOUNT_CHANGED, type AccountChanges } from './account-changes.js';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2000;

export interface ChangeSources {
  stop(): Promise<void>;
}

/** Resolves when both listen. */
export async function listenToChanges(options: {
  redis: Redis;
  databaseUrl: string;
  changes: AccountChanges;
}): Promise<ChangeSources> {
  const { changes } = options;
  const subscriber = await listenToRedis(options.redis, changes);
  const stopPostgres = await listenToPostgres(options);
  return {
    async stop() {
      changes.close();
      subscriber.disconnect();
      await stopPostgres();
    },
  };
}

async function listenToRedis(redis: Redis, changes: AccountChanges): Promise<Redis> {
  const subscriber = redis.duplicate({
    lazyConnect: true,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    commandTimeout: undefined as unknown as number,
  });
  // The connection that asks for data tells of losses (`dependency.lost`).
  subscriber.on('error', () => {});
  subscriber.on('message', (_channel, topic: string) => changes.tell(topic));
  await subscriber.connect();
  await subscriber.subscribe(OWNER_CHANGED);
  // ioredis subscribes again before it says so.
  subscriber.on('ready', () => changes.tellAll());
  return subscriber;
}

async function listenToPostgres({
  databaseUrl,
  changes,
}: {
  databaseUrl: string;
  changes: AccountChanges;
}): Promise<() => Promise<void>> {
  const stopped = new AbortController();
  let client: Client;
  async function open(): Promise<Client> {
    const opened = new Client({
      connectionString: databaseUrl,
      application_name: 'cyberspacevpn-gateway',
      connectionTimeoutMillis: 5000,
      keepAlive: true,
    });
    opened.on('notification', ({ payload }) => changes.tell(payload ?? ''));
    opened.on('error', () => {});
    await opened.connect();
    try {
      await opened.query(`LISTEN ${ACCOUNT_CHANGED}`);
    } catch (error) {
      await opened.end().catch(() => {});
      throw error;
    }
    // Not before: one that never was open has no end.
    opened.once('end', () => {
      if (!stopped.signal.aborted) void reopen();
    });
    return opened;
  }
  async function reopen(): Promise<void> {
    for (let wait = FIRST_DELAY_MS; !stopped.signal.aborted; wait = Math.min(2 * wait, LONGEST_DELAY_MS)) {
      await delay(wait, undefined, { signal: stopped.signal }).catch(() => {});
      if (stopped.signal.aborted) return;
      try {
        client = await open();
        changes.tellAll();
        return;
      } catch {
        // Those who ask for data tell of the loss.
      }
    }
  }
  client = await open();
  return async () => {
    stopped.abort();
    await client.end().catch(() => {});
  };
}
