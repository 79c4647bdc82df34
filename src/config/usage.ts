// How long usage data is kept: one setting for the gateway and for the command line.
import type { SettingsReader } from './settings.js';

/** Months before the current one for which usage data is kept. */
export function usageMonths(read: SettingsReader): number {
  return read.whole('USAGE_MONTHS', 13, 1, 60);
}
