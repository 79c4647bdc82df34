// What the Prometheus client for Node.js measures of a process.
import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges whose names end like those of counters. `nodejs_active_handles` and similar ones have the same numbers by type. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
