// How long a server process continues to serve after it was asked to stop, so that balancers notice first.
import type { SettingsReader } from './settings.js';

const MOST_SECONDS = 300;

/** Milliseconds. */
export function stopDelayMs(read: SettingsReader): number {
  return read.whole('STOP_DELAY', 0, 0, MOST_SECONDS) * 1000;
}
