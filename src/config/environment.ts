// The kind of environment in which a process runs: NODE_ENV, with the default development.
import type { SettingsReader } from './settings.js';

export function isProduction(read: SettingsReader): boolean {
  return read.oneOf('NODE_ENV', ['development', 'production', 'test']) === 'production';
}

/** Whether the shipped example is refused in the file of regions: in production, unless private addresses are allowed. */
export function refusesExamples(read: SettingsReader): boolean {
  const isTrial = read.boolean('ALLOW_PRIVATE_ADDRESSES', false);
  return isProduction(read) && !isTrial;
}
