// In which kind of environment a process runs: NODE_ENV, which is development when it is not set.
import type { SettingsReader } from './settings.js';

export function isProduction(read: SettingsReader): boolean {
  return read.oneOf('NODE_ENV', ['development', 'production', 'test']) === 'production';
}

/** Whether the shipped example is refused in the file of regions: in production, but for trials of it. */
export function refusesExamples(read: SettingsReader): boolean {
  const isTrial = read.boolean('ALLOW_PRIVATE_ADDRESSES', false);
  return isProduction(read) && !isTrial;
}
