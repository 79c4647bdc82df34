// The checks of `doctor` on the key and the clocks.
import type pg from 'pg';
import type { CliConfig } from '../../config/cli.js';
import { openPostgres } from '../../db/connect.js';
import { today } from '../../lib/calendar.js';
import { openRedis } from '../../redis/connect.js';
import { compareClocks, isNearDay } from '../../runtime/trusted-clock.js';
import { Keyring } from '../../secrets/keyring.js';
import { type Database, lastDayIn, storeTimes } from '../../services/installation/installation.js';
import { keyState } from '../../services/installation/key-check.js';
import type { Finding } from './finding.js';

/** No finding when SECRET_KEY is not set. */
export async function secretKey(client: pg.Client, config: CliConfig): Promise<Finding[]> {
  const part = 'secret key';
  if (config.secretKey === null) return [];
  const state = await keyState(rowsOf(client), new Keyring(config.secretKey));
  if (state === 'same') return [{ part, ok: true, text: 'is the key of this installation' }];
  if (state === 'none') return [{ part, ok: true, text: 'no gateway has started yet' }];
  const todo =
    'set the SECRET_KEY that the gateways have; if it was changed on purpose, run: secret-key change';
  return [{ part, ok: false, text: 'is not the key of this installation', todo }];
}

/** No finding when a store cannot be reached: that is a finding of its own check. */
export async function clocks({ databaseUrl, redisUrl }: CliConfig): Promise<Finding[]> {
  if (databaseUrl === null || redisUrl === null) return [];
  const stores = await Promise.allSettled([openPostgres(databaseUrl), openRedis(redisUrl)]);
  const [postgres, redis] = stores;
  try {
    if (postgres.status === 'rejected' || redis.status === 'rejected') return [];
    return [await clockFinding(rowsOf(postgres.value), redis.value)];
  } catch {
    return [];
  } finally {
    if (postgres.status === 'fulfilled') await postgres.value.end();
    if (redis.status === 'fulfilled') redis.value.disconnect();
  }
}

async function clockFinding(
  database: Database,
  redis: Awaited<ReturnType<typeof openRedis>>,
): Promise<Finding> {
  const part = 'clock';
  const times = storeTimes(database, redis);
  const [postgresTime, redisTime] = await Promise.all([times.postgres(), times.redis()]);
  const now = Date.now();
  const { state, wrong } = compareClocks(now, { postgres: postgresTime, redis: redisTime });
  const todo = 'run: clock; set the clock that is wrong, for example by NTP';
  if (state !== 'ok')
    return {
      part,
      ok: false,
      text: 'the clock of this machine differs from those of Postgres and Redis',
      todo,
    };
  if (wrong.length > 0) return { part, ok: false, text: `the clock of ${wrong.join(', ')} is wrong`, todo };
  const last = await lastDayIn(database).read();
  if (last !== null && !isNearDay(last, today(now))) {
    const text = `the last deletions were on ${last}; nothing is deleted until the day is confirmed`;
    return { part, ok: false, text, todo: 'when the day is right, run: clock --confirm' };
  }
  return { part, ok: true, text: 'agrees with Postgres and Redis' };
}

function rowsOf(client: pg.Client): Database {
  return { query: async (sql, values) => (await client.query(sql, values)).rows };
}
