// Counts the rows at which background jobs fail.
import { Gauge, type Registry } from 'prom-client';
import type { JobName } from '../runtime/log.js';

/** Returns the function that sets the gauge. */
export function createJobMetrics(registry: Registry): (job: JobName, failingRows: number) => void {
  const failing = new Gauge({
    name: 'gateway_failing_rows',
    help: 'Rows at which a background job of this gateway fails, by job; it tries each again, an hour later at most.',
    labelNames: ['background_job'] as const,
    registers: [registry],
  });
  return (job, count) => failing.set({ background_job: job }, count);
}
