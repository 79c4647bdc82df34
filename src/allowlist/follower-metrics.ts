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
  addGauge(
    registry,
    'dns_allowlist_entries',
    'Prefixes in the allowlist of this node.',
    () => follower.replica.size,
  );
  addGauge(
    registry,
    'dns_allowlist_revision',
    'Revision of the allowlist that this node answers from.',
    () => follower.replica.revision,
  );
  addGauge(
    registry,
    'dns_allowlist_age_seconds',
    'Seconds since the allowlist was last known to be current; since the start when it never was.',
    () => follower.ageSeconds(),
  );
  addGauge(
    registry,
    'dns_allowlist_known',
    '1 while the node has an allowlist; 0 without one, when it answers the names of the portal alone.',
    () => (follower.replica.isKnown ? 1 : 0),
  );
  addGauge(
    registry,
    'dns_allowlist_loaded_ratio',
    'How much a running load has read; 1 without a load.',
    () => {
      const load = follower.load();
      return load === null ? 1 : Math.min(1, load.count / Math.max(1, load.total));
    },
  );
  new Gauge({
    name: 'dns_allowlist_state',
    help: `1 for the present state of the allowlist: ${FOLLOWER_STATES.join(', ')}.`,
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of FOLLOWER_STATES) this.set({ state }, state === follower.state() ? 1 : 0);
    },
  });
  const loads = new Counter({
    name: 'dns_allowlist_loads_total',
    help: 'Full loads of the allowlist by outcome: completed, or broken-off (the load begins again).',
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
