// A start in steps, each of which registers how it is undone.

/** As `AsyncDisposableStack`, which Node 20 does not have. */
export class CleanupStack {
  private readonly steps: (() => unknown)[] = [];

  /** `step` runs before all steps that were registered earlier. */
  defer(step: () => unknown): void {
    this.steps.push(step);
  }

  /** Runs each step once, one after the other, the last one first. Rejects with the first error after all steps have run. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/**
 * Runs `start`, which registers on the stack how each step that it has taken is undone. The stack runs when `start` rejects, or
 * when `stop` of the result is called.
 */
export async function startInSteps<T extends object>(
  start: (cleanup: CleanupStack) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const cleanup = new CleanupStack();
  try {
    return { ...(await start(cleanup)), stop: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
