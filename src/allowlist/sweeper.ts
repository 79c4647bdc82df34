// The sweep: removes entries after their last day, old changes, and deleted data from Redis's disk, in the background.

import { type BackgroundJob, startJob } from '../jobs/jobs.js';
import { today } from '../lib/calendar.js';
import type { Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';
import type { AllowlistWriter } from './writer.js';

export interface SweeperOptions {
  /** Milliseconds between two runs. A change is removed from the stream one to two runs after it was made. */
  readonly everyMs?: number;
  readonly clock: TrustedClock;
  /** Claims the next rewrite for this gateway. True: no other gateway gets it for `restMs` milliseconds. */
  readonly claimRewrite?: (restMs: number) => Promise<boolean>;
  readonly onRewrite?: (result: 'ok' | 'failed') => void;
}

/** Redis could not rewrite its append-only file, which then contains deleted data for too long. */
class RewriteFailed extends Error {
  override readonly name = 'RewriteFailed';
}

/** Sweeps at once and then at every interval. Several gateways may sweep the same store. */
export function startSweeper(writer: AllowlistWriter, log: Logger, options: SweeperOptions): BackgroundJob {
  const { everyMs = 60_000, clock } = options;
  const rewrite = createRewriter(writer, { everyMs, ...options });
  let seenRevision: number | null = null;

  async function sweep(): Promise<void> {
    const now = await clock();
    await writer.upkeep.reform();
    // Without a trusted clock no entry is removed. The rest of the sweep needs no date.
    const count = now === null ? 0 : await writer.expire(today(now));
    if (count > 0) log.info('allowlist.swept', { part: 'sweep', count });
    const { revision } = await writer.stats();
    if (seenRevision !== null) await writer.upkeep.forgetChanges(seenRevision);
    seenRevision = revision;
    await rewrite();
  }

  const job = startJob(sweep, { everyMs, part: 'sweep', log });
  return {
    async stop() {
      await job.stop();
      // No gateway may be running for a while. Redis completes this rewrite by itself.
      await writer.upkeep.startRewrite().catch(() => {});
    },
  };
}

/**
 * One step per call. The file is rewritten at every run, even without changes, so that its time reveals nothing. For a large
 * file the pause is longer.
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
    // Half an interval, because other gateways run at other times.
    const restMs = Math.max(everyMs / 2, await upkeep.restMs());
    if (await claimRewrite(restMs)) rewriting = (await upkeep.startRewrite()) === 'started';
  }

  return async () => {
    await step();
    // Thrown at every run until a rewrite succeeds: the job then logs one outage.
    if (failed) throw new RewriteFailed();
  };
}
