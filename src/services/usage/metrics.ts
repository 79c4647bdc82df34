// Counts the days of usage data that should have been closed.
import { Gauge, type Registry } from 'prom-client';

/** Returns the function that sets the gauge. */
export function createUsageMetrics(registry: Registry): (overdueDays: number) => void {
  const overdue = new Gauge({
    name: 'gateway_usage_closings_overdue',
    help: 'Days of usage whose reports should have been summed up and deleted, and are still stored.',
    registers: [registry],
  });
  return (count) => overdue.set(count);
}
