// What the gateway measures of its stores: whether each is up, and how its connections to Postgres are used.
import { Gauge, type Registry } from 'prom-client';
import type { ObserveDependency } from '../runtime/dependency.js';

/** What a pool of connections is for. */
export type PoolName = 'api' | 'usage' | 'locks' | 'mail-queue';

/** A pool of pg. */
interface CountedPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

export interface StoreMetrics {
  readonly observeDependency: ObserveDependency;
  /** From now on its connections are counted whenever somebody asks. */
  readonly countPool: (name: PoolName, pool: CountedPool) => void;
}

export function createStoreMetrics(registry: Registry): StoreMetrics {
  const up = new Gauge({
    name: 'gateway_dependency_up',
    help: 'Whether a store, for writing too, or the mail server can be used: 1 or 0.',
    labelNames: ['part'] as const,
    registers: [registry],
  });
  const pools = new Map<PoolName, CountedPool>();
  new Gauge({
    name: 'gateway_postgres_pool_connections',
    help: 'Connections of a pool to Postgres that are in use and idle, and queries that wait for one.',
    labelNames: ['pool', 'state'] as const,
    registers: [registry],
    collect() {
      for (const [pool, { totalCount, idleCount, waitingCount }] of pools) {
        this.set({ pool, state: 'in-use' }, totalCount - idleCount);
        this.set({ pool, state: 'idle' }, idleCount);
        this.set({ pool, state: 'waiting' }, waitingCount);
      }
    },
  });
  return {
    observeDependency: (part, isUp) => up.set({ part }, isUp ? 1 : 0),
    countPool: (name, pool) => pools.set(name, pool),
  };
}
