// How long usage is kept: what the gateway does by itself, the command line does on demand, and by the same setting.
import type { SettingsReader } from './settings.js';

/** Months before the present one of which usage is kept. */
export function usageMonths(read: SettingsReader): number {
  return read.whole('USAGE_MONTHS', 13, 1, 60);
}
