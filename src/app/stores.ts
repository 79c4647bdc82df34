// The stores of the gateway, opened in order and closed in reverse, and what keeps deleted data off their disks.
import type { Redis } from 'ioredis';
import { startSweeper } from '../allowlist/sweeper.js';
import type { AllowlistWriter } from '../allowlist/writer.js';
import type { GatewayConfig } from '../config/gateway.js';
import { type Database, openDatabase } from '../db/database.js';
import { startPostgresUpkeep } from '../db/upkeep.js';
import { claimRewrite, rewriteClaims } from '../ephemeral/rewrite-claim.js';
import { connectEphemeralRedis, connectRedis } from '../redis/connect.js';
import type { Dependency, DependencyPart } from '../runtime/dependency.js';
import type { Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';
import { Keyring } from '../secrets/keyring.js';
import { claimKey } from '../services/installation/key-check.js';
import type { StoreMetrics } from './store-metrics.js';

export interface Stores {
  readonly database: Database;
  readonly redis: Redis;
  /** Without a disk: everything that has a deadline finer than a day. */
  readonly ephemeral: Redis;
  /** Of the secret key, which is the one of this installation. */
  readonly keyring: Keyring;
}

/** Rejects with StoreError, PoolerError, MigrationError, KeyError or PersistenceError. */
export async function openStores(
  config: Pick<GatewayConfig, 'databaseUrl' | 'redisUrl' | 'ephemeralRedisUrl' | 'secretKey'>,
  log: Logger,
  dependency: (part: DependencyPart) => Dependency,
  cleanup: AsyncDisposableStack,
): Promise<Stores> {
  const database = await openDatabase(config.databaseUrl, log, cleanup);
  const keyring = new Keyring(config.secretKey);
  await claimKey(database.orm, keyring);
  const redis = await connectRedis(config.redisUrl, dependency('redis'));
  cleanup.defer(() => redis.disconnect());
  const ephemeral = await connectEphemeralRedis(config.ephemeralRedisUrl, dependency('redis-ephemeral'));
  cleanup.defer(() => ephemeral.disconnect());
  return { database, redis, ephemeral, keyring };
}

/** Background jobs that take the past off the disks of Redis and Postgres. */
export function startUpkeep(
  parts: {
    readonly database: Database;
    readonly ephemeral: Redis;
    readonly writer: AllowlistWriter;
    readonly clock: TrustedClock;
    readonly metrics: Pick<StoreMetrics, 'countUpkeep'>;
    readonly log: Logger;
  },
  cleanup: AsyncDisposableStack,
): void {
  const { database, ephemeral, writer, clock, metrics, log } = parts;
  const sweeper = startSweeper(writer, log, {
    clock,
    claimRewrite: (restMs) => claimRewrite(ephemeral, restMs),
    onRewrite: (result) => metrics.countUpkeep('redis', result),
  });
  cleanup.defer(() => sweeper.stop());
  const postgresUpkeep = startPostgresUpkeep(database.upkeep(rewriteClaims(ephemeral)), {
    log,
    onRun: (result) => metrics.countUpkeep('postgres', result),
  });
  cleanup.defer(() => postgresUpkeep.stop());
}
