// Work that is done in the background, again and again. A failure is told when it begins and when it ends.
import { errorFields, type LogFields, type Logger } from './log.js';
import type { TrustedClock } from './trusted-clock.js';

export interface Passes {
  /** Resolves when the running pass has ended; no other begins. */
  stop(): Promise<void>;
}

export interface PassesOptions {
  readonly everyMs: number;
  readonly part: LogFields['part'] & string;
  readonly log: Logger;
  readonly laterFirst?: boolean;
}

/**
 * As `startPasses`, for work that goes by the day: what it deletes is gone for good. `pass` gets the time, in milliseconds since
 * the epoch, and is left out while the clock is not trusted.
 */
export function startDatedPasses(
  pass: (now: number) => Promise<void>,
  { clock, ...options }: PassesOptions & { readonly clock: TrustedClock },
): Passes {
  return startPasses(async () => {
    const now = await clock();
    if (now !== null) await pass(now);
  }, options);
}

/** Runs `pass` at once, or with `laterFirst` after `everyMs` milliseconds, and then as many after it has ended. */
export function startPasses(pass: () => Promise<void>, options: PassesOptions): Passes {
  const { everyMs, part, log, laterFirst = false } = options;
  let failing = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    try {
      await pass();
      if (failing) log.info('dependency.back', { part });
      failing = false;
    } catch (error) {
      if (!failing) log.warn('dependency.lost', { part, ...errorFields(error) });
      failing = true;
    }
    if (!stopped) runLater();
  }

  function runLater(): void {
    timer = setTimeout(() => {
      running = run();
    }, everyMs);
    timer.unref();
  }

  if (laterFirst) runLater();
  else running = run();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
