// Announces material changes of the privacy policy as soon as they are known, and retries while the database is away.

import type { Watching } from '../../jobs/each-row.js';
import { HOUR_MS } from '../../lib/durations.js';
import { errorFields } from '../../runtime/log.js';
import type { PolicyService } from './policy.js';

export interface PolicyAnnouncer {
  /** Announces now what has not been announced. Never rejects. */
  announce(): Promise<void>;
  /** Resolves when the current run has ended; no other begins. */
  stop(): Promise<void>;
}

/** Announces at once and then every hour. Any number of gateways may do so for the same database. */
export function startPolicyAnnouncer(
  policy: PolicyService,
  { log, clock }: Pick<Watching, 'log' | 'clock'>,
  everyMs: number = HOUR_MS,
): PolicyAnnouncer {
  let stopped = false;
  let running = Promise.resolve();

  async function run(): Promise<void> {
    if (stopped) return;
    try {
      const now = await clock();
      if (now === null) return;
      const count = await policy.announce(now);
      if (count > 0) log.info('policy.announced', { part: 'policy', count });
    } catch (error) {
      log.warn('policy.unannounced', { part: 'policy', ...errorFields(error) });
    }
  }

  function announce(): Promise<void> {
    running = running.then(run);
    return running;
  }

  const timer = setInterval(announce, everyMs);
  timer.unref();
  void announce();
  return {
    announce,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
