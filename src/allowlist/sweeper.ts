// Removes in the background what may not stay: entries past their last day, old changes, and the past on Redis's disk.

import { type BackgroundJob, startJob } from '../jobs/jobs.js';
import { today } from '../lib/calendar.js';
import type { Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';
import type { AllowlistWriter } from './writer.js';

export interface SweeperOptions {
  /** Milliseconds between two runs. A change leaves the stream one to two runs after it was made. */
  readonly everyMs?: number;
  readonly clock: TrustedClock;
  /** Whether this gateway is the one that rewrites now; no other is then for so many milliseconds. */
  readonly claimRewrite?: (restMs: number) => Promise<boolean>;
  readonly onRewrite?: (result: 'ok' | 'failed') => void;
}

/** Redis could not rewrite its append-only file, which holds more of the past than it may then. */
class RewriteFailed extends Error {
  override readonly name = 'RewriteFailed';
}

/** Sweeps at once and then at every interval. Any number of gateways may sweep the same store. */
export function startSweeper(writer: AllowlistWriter, log: Logger, options: SweeperOptions): BackgroundJob {
  const { everyMs = 60_000, clock } = options;
  const rewrite = createRewriter(writer, { everyMs, ...options });
  let seenRevision: number | null = null;
  let reformed = false;

  async function sweep(): Promise<void> {
    const now = await clock();
    // The past leaves the disk whatever the day is; an entry ends with its day alone.
    const count = now === null ? 0 : await writer.expire(today(now));
    if (count > 0) log.info('allowlist.swept', { part: 'sweep', count });
    const { revision } = await writer.stats();
    if (seenRevision !== null) await writer.upkeep.forgetChanges(seenRevision);
    seenRevision = revision;
    if (!reformed) await writer.upkeep.reform();
    reformed = true;
    await rewrite();
  }

  const job = startJob(sweep, { everyMs, part: 'sweep', log });
  return {
    async stop() {
      await job.stop();
      // Nobody rewrites the file until a gateway is back. Redis goes on by itself.
      await writer.upkeep.startRewrite().catch(() => {});
    },
  };
}

/**
 * One step per call. The file is rewritten at every run, whether or not anything has changed: its time says nothing then.
 * A large one is given the rest that it needs.
 */
function createRewriter(
  { upkeep }: AllowlistWriter,
  options: SweeperOptions & { readonly everyMs: number },
): () => Promise<void> {
  const { everyMs, claimRewrite = async () => true, onRewrite = () => {} } = options;
  let rewriting = false;
  let failed = false;

  async function step(): Promise<void> {
    if (rewriting) {
      const outcome = await upkeep.rewriteOutcome();
      if (outcome === 'running') return;
      rewriting = false;
      failed = outcome === 'failed';
      onRewrite(failed ? 'failed' : 'ok');
    }
    // Runs of other gateways fall anywhere between two runs of this one.
    const restMs = Math.max(everyMs / 2, await upkeep.restMs());
    if (await claimRewrite(restMs)) rewriting = (await upkeep.startRewrite()) === 'started';
  }

  return async () => {
    await step();
    // Until one has worked, so that it is logged once.
    if (failed) throw new RewriteFailed();
  };
}
