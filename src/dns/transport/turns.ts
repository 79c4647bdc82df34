// Turns on the main thread: sources take them one after the other, so that none waits for all that another has sent.

/** Something that has work to do for a source, a piece at a time. */
export interface Speaker {
  /** Does a piece of the work. Whether there is more. */
  takeTurn(): boolean;
}

/** The weights that are done before the event loop looks at its sockets again. */
const WEIGHT_PER_ROUND = 8;

export class Turns {
  /** Per source, in the order of their turns: what waits, in the order of its turns. */
  private readonly waiting = new Map<string, Map<Speaker, number>>();
  private left = WEIGHT_PER_ROUND;
  private isRunning = false;
  private isScheduled = false;

  /**
   * Gives the speaker its turn: at once, unless others wait. One that waits already keeps its place. `weight`: 1 for some
   * answers; more for work that takes so much longer.
   */
  ask(source: string, speaker: Speaker, weight = 1): void {
    const ofSource = this.waiting.get(source);
    if (ofSource === undefined) this.waiting.set(source, new Map([[speaker, weight]]));
    else if (!ofSource.has(speaker)) ofSource.set(speaker, weight);
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
    const [speaker, weight] = ofSource.entries().next().value!;
    this.left -= weight;
    ofSource.delete(speaker);
    if (speaker.takeTurn()) ofSource.set(speaker, weight);
    this.waiting.delete(source);
    if (ofSource.size > 0) this.waiting.set(source, ofSource);
  }
}
