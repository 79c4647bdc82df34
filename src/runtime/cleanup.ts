// A start in steps, each of which registers how it is undone.

/**
 * Runs `start`, which registers on the stack how each step that it has taken is undone. The stack runs in reverse order when
 * `start` rejects, or when `stop` of the result is called.
 */
export async function startInSteps<T extends object>(
  start: (cleanup: AsyncDisposableStack) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const cleanup = new AsyncDisposableStack();
  try {
    return { ...(await start(cleanup)), stop: () => cleanup.disposeAsync() };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}
