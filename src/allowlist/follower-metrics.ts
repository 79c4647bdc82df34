// What a dns-node shows of its list.
import { Counter, Gauge, type Registry } from 'prom-client';
import { addGauge } from '../runtime/gauge.js';
import { FOLLOWER_STATES, type Follower, type FollowerEvent } from './follower.js';

/** How loads end, and the events that say so. */
const OUTCOMES = { loaded: 'completed', 'broken-off': 'broken-off' } as const;

export function createFollowerMetrics(
  registry: Registry,
  follower: Follower,
): { count(event: FollowerEvent): void } {
  const registers = [registry];
  addGauge(registry, 'dns_allowlist_entries', 'Prefixes in the allowlist', () => follower.replica.size);
  addGauge(
    registry,
    'dns_allowlist_revision',
    'Revision that is answered from',
    () => follower.replica.revision,
  );
  addGauge(registry, 'dns_allowlist_age_seconds', 'Time since the list was last known to be current', () =>
    follower.ageSeconds(),
  );
  addGauge(registry, 'dns_allowlist_known', '1 with a list to answer from, 0 without', () =>
    follower.replica.isKnown ? 1 : 0,
  );
  addGauge(
    registry,
    'dns_allowlist_loaded_ratio',
    'How much the load that runs has read; 1 without one',
    () => {
      const load = follower.load();
      return load === null ? 1 : Math.min(1, load.count / Math.max(1, load.total));
    },
  );
  new Gauge({
    name: 'dns_allowlist_state',
    help: '1 for the state that the list is in',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of FOLLOWER_STATES) this.set({ state }, state === follower.state() ? 1 : 0);
    },
  });
  const loads = new Counter({
    name: 'dns_allowlist_loads_total',
    help: 'Full loads that have ended, by how',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of Object.values(OUTCOMES)) loads.inc({ outcome }, 0);
  return {
    count(event) {
      if (event === 'loaded' || event === 'broken-off') loads.inc({ outcome: OUTCOMES[event] });
    },
  };
}
