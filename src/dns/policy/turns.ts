// Fair scheduling on the main thread: sources take turns (round robin), so that none waits for everything that another has sent.

/** Work for one source that is done in pieces. */
export interface TurnTaker {
  /** Does a piece of the work. True: there is more. */
  takeTurn(): boolean;
}

/** The total weight of the turns that are run before the event loop reads its sockets again. */
const WEIGHT_PER_ROUND = 8;

export class Turns {
  /** Per source, in the order of their turns: the waiting work with its weights, in the order of its turns. */
  private readonly waiting = new Map<string, Map<TurnTaker, number>>();
  private left = WEIGHT_PER_ROUND;
  private isRunning = false;
  private isScheduled = false;

  /**
   * Asks for a turn: at once, unless others wait. Work that waits already keeps its position. `weight`: 1 for about eight
   * responses, more for a piece of work that takes longer.
   */
  ask(source: string, taker: TurnTaker, weight = 1): void {
    const ofSource = this.waiting.get(source);
    if (ofSource === undefined) this.waiting.set(source, new Map([[taker, weight]]));
    else if (!ofSource.has(taker)) ofSource.set(taker, weight);
    this.run();
  }

  private run(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.left > 0 && this.waiting.size > 0) this.serveNext();
    this.isRunning = false;
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.left = WEIGHT_PER_ROUND;
      if (this.waiting.size > 0) this.run();
    });
  }

  private serveNext(): void {
    const [source, ofSource] = this.waiting.entries().next().value!;
    const [taker, weight] = ofSource.entries().next().value!;
    this.left -= weight;
    ofSource.delete(taker);
    if (taker.takeTurn()) ofSource.set(taker, weight);
    this.waiting.delete(source);
    if (ofSource.size > 0) this.waiting.set(source, ofSource);
  }
}
