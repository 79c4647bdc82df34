// What the gateway measures of its stores: whether each is up, and how its connections to Postgres are used.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { PoolName } from '../db/database.js';
import type { ObserveDependency } from '../runtime/dependency.js';

/** A pool of pg. */
interface CountedPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

export interface StoreMetrics {
  readonly observeDependency: ObserveDependency;
  /** The connections of these pools are counted at each scrape from now on. */
  readonly countPools: (pools: Readonly<Record<PoolName, CountedPool>>) => void;
  /** Counts rewrites of the stores, which remove deleted data from their disks. */
  readonly countUpkeep: (store: 'postgres' | 'redis', result: 'ok' | 'failed') => void;
}

export function createStoreMetrics(registry: Registry): StoreMetrics {
  const up = new Gauge({
    name: 'gateway_dependency_up',
    help: '1 when a part can be used, for writing too, otherwise 0: postgres, redis, redis-ephemeral or smtp.',
    labelNames: ['part'] as const,
    registers: [registry],
  });
  const upkeep = new Counter({
    name: 'gateway_store_upkeep_total',
    help: 'Rewrites that remove deleted data from the disk of a store (redis or postgres), by result: ok or failed.',
    labelNames: ['store', 'result'] as const,
    registers: [registry],
  });
  let counted: Readonly<Partial<Record<PoolName, CountedPool>>> = {};
  new Gauge({
    name: 'gateway_postgres_pool_connections',
    help: 'Connections of a pool to Postgres by state: in-use, idle, or waiting (queries that wait for a connection).',
    labelNames: ['pool', 'state'] as const,
    registers: [registry],
    collect() {
      for (const [pool, { totalCount, idleCount, waitingCount }] of Object.entries(counted)) {
        this.set({ pool, state: 'in-use' }, totalCount - idleCount);
        this.set({ pool, state: 'idle' }, idleCount);
        this.set({ pool, state: 'waiting' }, waitingCount);
      }
    },
  });
  return {
    observeDependency: (part, isUp) => up.set({ part }, isUp ? 1 : 0),
    countPools: (pools) => {
      counted = pools;
    },
    countUpkeep: (store, result) => upkeep.inc({ store, result }),
  };
}
