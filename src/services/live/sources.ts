// Where a gateway hears of changes: a connection to Redis and one to Postgres that only listen. Each comes back by itself after
// a loss, and then everybody who watches reads anew.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Client } from 'pg';
import { OWNER_CHANGED } from '../../allowlist/keys.js';
import { ACCOUNT_CHANGED, type AccountChanges } from '../../db/account-changes.js';
import { createPostgres, refuseReadOnly } from '../../db/postgres.js';
import { createSubscriber } from '../../redis/redis.js';
import type { Dependency } from '../../runtime/dependency.js';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 1000;
/** Between two questions to Postgres whether it is there, and takes writes. */
const BEAT_MS = 2000;
const ANSWER_MS = 4000;

export interface ChangeSources {
  stop(): Promise<void>;
}

interface PostgresOptions {
  readonly databaseUrl: string;
  readonly changes: AccountChanges;
  /** Hears when Postgres is lost and back: no other connection is always open and asks all the time. */
  readonly dependency: Dependency;
}

/** Resolves when both listen. */
export async function listenToChanges(
  options: PostgresOptions & { readonly redis: Redis },
): Promise<ChangeSources> {
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
  const subscriber = createSubscriber(redis);
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
  dependency,
}: PostgresOptions): Promise<() => Promise<void>> {
  const stopped = new AbortController();
  let client: Client;
  async function open(): Promise<Client> {
    const opened = createPostgres({
      connectionString: databaseUrl,
      application_name: 'cyberspacevpn-gateway',
      query_timeout: ANSWER_MS,
    });
    let cause: unknown;
    opened.on('notification', ({ payload }) => changes.tell(payload ?? ''));
    opened.on('error', (error) => {
      cause ??= error;
    });
    await opened.connect();
    try {
      await refuseReadOnly(opened);
      await opened.query(`LISTEN ${ACCOUNT_CHANGED}`);
    } catch (error) {
      await opened.end().catch(() => {});
      throw error;
    }
    let asking = false;
    const beat = setInterval(() => {
      if (asking) return;
      asking = true;
      refuseReadOnly(opened).then(
        () => {
          asking = false;
        },
        (error: unknown) => {
          cause ??= error;
          opened.connection.stream.destroy();
        },
      );
    }, BEAT_MS).unref();
    // Not before: one that never was open has no end.
    opened.once('end', () => {
      clearInterval(beat);
      if (stopped.signal.aborted) return;
      dependency.lost(cause);
      void reopen();
    });
    return opened;
  }
  async function reopen(): Promise<void> {
    for (let wait = FIRST_DELAY_MS; !stopped.signal.aborted; wait = Math.min(2 * wait, LONGEST_DELAY_MS)) {
      await delay(wait, undefined, { signal: stopped.signal }).catch(() => {});
      if (stopped.signal.aborted) return;
      try {
        client = await open();
        dependency.back();
        changes.tellAll();
        return;
      } catch {
        // It was reported when it was lost.
      }
    }
  }
  client = await open();
  return async () => {
    stopped.abort();
    await client.end().catch(() => {});
  };
}
