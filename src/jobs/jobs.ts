// Work that is done in the background, again and again. A failure is told when it begins and when it ends.
import { errorFields, type LogFields, type Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';

export interface Passes {
  /** Resolves when the running pass has ended; no other begins. */
  stop(): Promise<void>;
}

export interface PassesOptions {
  readonly everyMs: number;
  readonly part: LogFields['part'] & string;
  readonly log: Logger;
  readonly laterFirst?: boolean;
  /** Begins at the same moments as other such work of this process that is as frequent, so that it may ask for things together. */
  readonly together?: boolean;
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

/**
 * How many passes meet with a fault, by the fault and for each log: when a store is away all of them do, and one line says it.
 */
const FAILING = new WeakMap<Logger, Map<string, number>>();

/** `begin` and `end` say whether no other pass meets with the fault. */
function countOf(log: Logger, fault: string) {
  const counts = FAILING.get(log) ?? new Map<string, number>();
  FAILING.set(log, counts);
  return {
    begin(): boolean {
      const count = counts.get(fault) ?? 0;
      counts.set(fault, count + 1);
      return count === 0;
    },
    end(): boolean {
      const count = counts.get(fault)! - 1;
      if (count > 0) counts.set(fault, count);
      else counts.delete(fault);
      return count === 0;
    },
  };
}

/**
 * Runs `pass` at once, or with `laterFirst` after `everyMs` milliseconds, and then as many after it has ended, or with
 * `together` at most as many.
 */
export function startPasses(pass: () => Promise<void>, options: PassesOptions): Passes {
  const { everyMs, part, log, laterFirst = false, together = false } = options;
  /** What ends when a pass has worked. */
  let failing: ReturnType<typeof countOf> | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    try {
      await pass();
      if (failing?.end()) log.info('dependency.back', { part });
      failing = null;
    } catch (error) {
      if (failing === null) fail({ part, ...errorFields(error) });
    }
    if (!stopped) runLater();
  }

  function fail(fields: LogFields): void {
    failing = countOf(log, JSON.stringify(fields));
    if (failing.begin()) log.warn('dependency.lost', fields);
  }

  function runLater(): void {
    const waitMs = together ? everyMs - (performance.now() % everyMs) : everyMs;
    timer = setTimeout(() => {
      running = run();
    }, waitMs);
    timer.unref();
  }

  if (laterFirst) runLater();
  else running = run();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      failing?.end();
      failing = null;
    },
  };
}
