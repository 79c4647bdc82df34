// Tries of a process that starts: a store that restarts at the same moment is given a few seconds.
import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from './store-error.js';

const TRIES = 5;
const BETWEEN_TRIES_MS = 500;

/** Rejects with the last error of `open`, or with the first one that another try cannot mend. */
export async function retryStore<T>(open: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (attempt === TRIES || (error instanceof StoreError && error.lasts)) throw error;
      await delay(BETWEEN_TRIES_MS);
    }
  }
}
