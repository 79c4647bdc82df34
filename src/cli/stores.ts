// The settings and stores of one command: opened when it needs them, closed when it ends.
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { AllowlistUninitialised, AllowlistWriter } from '../allowlist/writer.js';
import { type CliConfig, readCliConfig } from '../config/cli.js';
import { openBulkPool } from '../db/bulk-pool.js';
import { openPostgres } from '../db/connect.js';
import { runningSettings } from '../dev/running-file.js';
import { openRedis } from '../redis/connect.js';
import { errorCodeOf } from '../runtime/error-code.js';
import { toStoreError } from '../runtime/store-error.js';
import { Keyring } from '../secrets/keyring.js';
import { mustBeOwnKey } from '../services/installation/key-check.js';
import { SessionService } from '../services/sign-in/session.js';
import { CommandError } from './errors.js';

/** Throws ConfigError, which has all errors. */
export async function readConfig(): Promise<CliConfig> {
  return readCliConfig(await runningSettings(join(process.cwd(), '.data')));
}

/** Throws CommandError when neither the environment nor a running `npm start` names the store. */
function required(config: CliConfig, setting: 'DATABASE_URL' | 'REDIS_URL'): string {
  const url = setting === 'DATABASE_URL' ? config.databaseUrl : config.redisUrl;
  if (url !== null) return url;
  throw new CommandError(`${setting} is missing; set it, or run npm start in this folder`);
}

/** The codes with which a reachable Redis refuses writes, and the code of a missing permission. */
const REFUSALS: ReadonlySet<string> = new Set(['READONLY', 'NOREPLICAS', 'OOM', 'MISCONF', 'NOPERM']);

/** Throws StoreError when Redis cannot be used, CommandError when the allowlist is not initialised. */
export async function withWriter<T>(
  config: CliConfig,
  use: (writer: AllowlistWriter) => Promise<T>,
): Promise<T> {
  const redis = await openRedis(required(config, 'REDIS_URL'));
  try {
    return await use(new AllowlistWriter(redis));
  } catch (error) {
    if (REFUSALS.has(errorCodeOf(error) ?? '')) throw toStoreError('REDIS_URL', error);
    if (!(error instanceof AllowlistUninitialised)) throw error;
    throw new CommandError('the allowlist is not initialised; if this store is new, run: allowlist init');
  } finally {
    redis.disconnect();
  }
}

/** SQLSTATE: there is no such table. */
const UNDEFINED_TABLE = '42P01';

/** Throws StoreError when Postgres cannot be reached, CommandError when it has no tables yet. */
export async function withDatabase<T>(
  config: CliConfig,
  use: (database: DataSource) => Promise<T>,
): Promise<T> {
  const url = required(config, 'DATABASE_URL');
  // TypeORM and all entities take longer to load than most commands take to run.
  const { createDataSource } = await import('../../ormconfig.js');
  const database = createDataSource(url);
  await database.initialize().catch((error: unknown) => {
    throw toStoreError('DATABASE_URL', error);
  });
  try {
    return await use(database);
  } catch (error) {
    throw withoutTables(error);
  } finally {
    await database.destroy();
  }
}

/** As `withDatabase`, without the API's time limit. */
export async function withUsage<T>(config: CliConfig, use: (pool: Pool) => Promise<T>): Promise<T> {
  const url = required(config, 'DATABASE_URL');
  await (await openPostgres(url)).end();
  const pool = openBulkPool(url);
  try {
    return await use(pool);
  } catch (error) {
    throw withoutTables(error);
  } finally {
    await pool.end();
  }
}

/** The error, or a CommandError when a table is missing. */
function withoutTables(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== UNDEFINED_TABLE) return error;
  return new CommandError('the database has no tables yet; run: migrate');
}

/** As `withDatabase`, with Redis beside it. */
export function withStores<T>(
  config: CliConfig,
  use: (stores: { database: DataSource; redis: Redis }) => Promise<T>,
): Promise<T> {
  return withDatabase(config, async (database) => {
    const redis = await openRedis(required(config, 'REDIS_URL'));
    try {
      return await use({ database, redis });
    } finally {
      redis.disconnect();
    }
  });
}

/** As `withStores`, for commands that change accounts. */
export function withPeople<T>(
  config: CliConfig,
  use: (stores: { database: DataSource; sessions: SessionService }) => Promise<T>,
): Promise<T> {
  return withStores(config, ({ database, redis }) => use({ database, sessions: new SessionService(redis) }));
}

/**
 * The key of the installation. Rejects with CommandError when neither the environment nor a running `npm start` names a key,
 * and with KeyError when it is not the key of the gateways.
 */
export async function keyringOf(config: CliConfig, database: DataSource): Promise<Keyring> {
  const keyring = anyKeyringOf(config);
  await mustBeOwnKey(database, keyring);
  return keyring;
}

/** As `keyringOf`, without a comparison with the key of the gateways. */
export function anyKeyringOf({ secretKey }: CliConfig): Keyring {
  if (secretKey !== null) return new Keyring(secretKey);
  throw new CommandError(
    'SECRET_KEY is missing; set it to the value that the gateways have, or run npm start in this folder',
  );
}
