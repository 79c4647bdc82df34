// Counts the rights requests that are open and overdue.
import { Gauge, type Registry } from 'prom-client';
import type { RightsCounts } from './reminders.js';

/** Returns the function that sets the gauges. */
export function createRightsMetrics(registry: Registry): (counts: RightsCounts) => void {
  const open = new Gauge({
    name: 'gateway_rights_requests_open',
    help: 'Rights requests that have no outcome yet.',
    registers: [registry],
  });
  const overdue = new Gauge({
    name: 'gateway_rights_requests_overdue',
    help: 'Rights requests whose last day is over.',
    registers: [registry],
  });
  return (counts) => {
    open.set(counts.open);
    overdue.set(counts.overdue);
  };
}
