// Removes in the background what may not stay: entries past their last day, old changes, and removed addresses on disk.
import { today } from '../day.js';
import type { Logger } from '../operations/log.js';
import { type Passes, startPasses } from '../operations/passes.js';
import type { AllowlistWriter } from './writer.js';

export interface SweeperOptions {
  /** Milliseconds between two passes. A change leaves the stream one to two passes after it was made. */
  readonly everyMs?: number;
  /** Milliseconds from noticing a removal to the rewrite of the append-only file: with two passes, within the hour. */
  readonly rewriteAfterMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Sweeps at once and then at every interval. Any number of gateways may sweep the same store. */
export function startSweeper(writer: AllowlistWriter, log: Logger, options: SweeperOptions = {}): Passes {
  const { everyMs = 60_000, rewriteAfterMs = 45 * 60_000, now = Date.now } = options;
  const rewriter = createRewriter(writer, rewriteAfterMs, now);
  let seenRevision: number | null = null;
  let moved = false;

  async function sweep(): Promise<void> {
    const count = await writer.expire(today(now()));
    if (count > 0) log.info('allowlist.swept', { part: 'sweep', count });
    const { revision } = await writer.stats();
    if (seenRevision !== null) await writer.upkeep.forgetChanges(seenRevision);
    seenRevision = revision;
    if (!moved) await writer.upkeep.removeMovedKeys();
    moved = true;
    await rewriter();
  }

  return startPasses(sweep, { everyMs, part: 'sweep', log });
}

/** One step per call towards an append-only file without what has been removed. */
function createRewriter(
  { upkeep }: AllowlistWriter,
  afterMs: number,
  now: () => number,
): () => Promise<void> {
  // What was pending before this process started is of unknown age, so it counts as old.
  let pendingSince: number | null = Number.NEGATIVE_INFINITY;
  let rewriting = false;

  return async () => {
    if (rewriting) {
      const outcome = await upkeep.rewriteOutcome();
      if (outcome === 'running') return;
      rewriting = false;
      pendingSince = outcome === 'failed' ? Number.NEGATIVE_INFINITY : null;
    }
    if (!(await upkeep.erasurePending())) {
      pendingSince = null;
      return;
    }
    pendingSince ??= now();
    if (now() - pendingSince < afterMs) return;
    rewriting = (await upkeep.startRewrite()) === 'started';
  };
}
