// Work that runs in the background, again and again. The log states once when a job begins to fail and once when it works again.
import { errorFields, type LogFields, type Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';

export interface BackgroundJob {
  /** Resolves when the current run has ended; no other run begins. */
  stop(): Promise<void>;
}

export interface JobOptions {
  readonly everyMs: number;
  /** What the log names as the part that failed. */
  readonly part: LogFields['part'] & string;
  readonly log: Logger;
  /** The first run begins after `everyMs` milliseconds, not at once. */
  readonly laterFirst?: boolean;
  /** Runs begin at the same moments as those of other jobs of this process with the same interval, so that they can share queries. */
  readonly together?: boolean;
}

/**
 * As `startJob`, for work that depends on the day, because it deletes for good. `run` gets the time in milliseconds since the
 * epoch. It is skipped while the clock is not trusted.
 */
export function startDatedJob(
  run: (now: number) => Promise<void>,
  { clock, ...options }: JobOptions & { readonly clock: TrustedClock },
): BackgroundJob {
  return startJob(async () => {
    const now = await clock();
    if (now !== null) await run(now);
  }, options);
}

/**
 * Runs `run` at once, or with `laterFirst` after `everyMs` milliseconds. The next run begins `everyMs` after the last one has
 * ended, or earlier with `together`.
 */
export function startJob(run: () => Promise<void>, options: JobOptions): BackgroundJob {
  const { everyMs, part, log, laterFirst = false, together = false } = options;
  /** The failure that this job reports; a successful run ends it. */
  let failure: ReturnType<typeof sharedFailure> | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function runOnce(): Promise<void> {
    try {
      await run();
      if (failure?.end()) log.info('dependency.back', { part });
      failure = null;
    } catch (error) {
      if (failure === null) fail({ part, ...errorFields(error) });
    }
    if (!stopped) runLater();
  }

  function fail(fields: LogFields): void {
    failure = sharedFailure(log, JSON.stringify(fields));
    if (failure.begin()) log.warn('dependency.lost', fields);
  }

  function runLater(): void {
    const waitMs = together ? everyMs - (performance.now() % everyMs) : everyMs;
    timer = setTimeout(() => {
      running = runOnce();
    }, waitMs);
    timer.unref();
  }

  if (laterFirst) runLater();
  else running = runOnce();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      failure?.end();
      failure = null;
    },
  };
}

/**
 * How many jobs currently report each failure, for each log. When a store is away all of its jobs fail, and one line of the log
 * states it.
 */
const FAILING = new WeakMap<Logger, Map<string, number>>();

/** `begin` and `end` return whether no other job reports the same failure. */
function sharedFailure(log: Logger, failure: string) {
  const counts = FAILING.get(log) ?? new Map<string, number>();
  FAILING.set(log, counts);
  return {
    begin(): boolean {
      const count = counts.get(failure) ?? 0;
      counts.set(failure, count + 1);
      return count === 0;
    },
    end(): boolean {
      const count = counts.get(failure)! - 1;
      if (count > 0) counts.set(failure, count);
      else counts.delete(failure);
      return count === 0;
    },
  };
}
