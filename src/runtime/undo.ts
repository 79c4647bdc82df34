// A start in steps, each of which can be undone.

/** Undoes one step. */
export type Undo = () => unknown;

/**
 * Runs `start`, which pushes onto `undos` what undoes each step that it has taken. They run in reverse order, one after
 * the other, when `start` rejects or when `stop` of the result is called.
 */
export async function startInSteps<T extends object>(
  start: (undos: Undo[]) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const undos: Undo[] = [];
  const stop = async () => {
    for (const undo of undos.splice(0).reverse()) await undo();
  };
  try {
    return { ...(await start(undos)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
