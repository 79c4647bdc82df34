// Shows whether this process trusts its clock.
import { Gauge, type Registry } from 'prom-client';
import type { ClockState } from './trusted-clock.js';

/** Reads the state from `state` at each scrape. */
export function addClockMetric(registry: Registry, state: () => ClockState): void {
  new Gauge({
    name: 'gateway_clock_untrusted',
    help: '1 while the gateway does not trust its clock, and deletes nothing that goes by the day; otherwise 0.',
    registers: [registry],
    collect() {
      this.set(state() === 'ok' ? 0 : 1);
    },
  });
}
