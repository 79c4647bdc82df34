// In which kind of environment a process runs: NODE_ENV, which is development when it is not set.
import type { SettingsReader } from './settings.js';

export function isProduction(read: SettingsReader): boolean {
  return read.oneOf('NODE_ENV', ['development', 'production', 'test']) === 'production';
}
