// One fault after the other, each on a world that is whole, and what it cost.
import { type Fault, seconds } from './fault.js';
import { countLost, countWrong, untilWhole } from './recovery.js';
import { excessesOf, progressOf, type Row } from './report.js';
import { startWorld, type World } from './world.js';

const WHOLE_WITHIN_SECONDS = 30;
/** So much of what goes well is seen before a fault and after it, where times are judged. */
const CALM_SECONDS = 1;

export interface Played {
  readonly row: Row;
  readonly excesses: readonly string[];
}

export class Stage {
  /** One that is being started, too: it has to be removed. */
  private world: Promise<World> | null = null;

  constructor(
    private readonly timed: boolean,
    private readonly say: (line: string) => void,
  ) {}

  async play(fault: Fault): Promise<Played> {
    this.world ??= this.build();
    const world = await this.world;
    this.say(`${fault.title} …`);
    await fault.prepare?.(world);
    await this.mustBeWhole(world, `before ${fault.name}`);
    await countLost(world);
    this.begin(world);

    await this.calm();
    const beside = await fault.play(world);
    const missing = await untilWhole(world, fault.wholeWithin ?? WHOLE_WITHIN_SECONDS);
    await this.calm();
    const counted = await world.requests.readingOnly(async () => {
      return { lost: await countLost(world), wrong: await countWrong(world) };
    });
    const row = {
      name: fault.name,
      title: fault.title,
      requests: world.requests.tally.take(),
      questions: world.questions.tally.take(),
      lost: counted.lost + (beside?.lost ?? 0),
      wrong: counted.wrong + world.questions.takeWrong() + (beside?.wrong ?? 0),
      missing,
      reported: Object.fromEntries(world.watch.take()),
    };
    const excesses = excessesOf(row, this.timed);
    this.say(progressOf(row, excesses));
    if (fault.spoils || missing.length > 0 || counted.wrong > 0) await this.close();
    else await fault.restore?.(world);
    return { row, excesses };
  }

  /** Removes everything. */
  async close(): Promise<void> {
    const { world } = this;
    this.world = null;
    await (await world?.catch(() => null))?.stop();
  }

  private async calm(): Promise<void> {
    if (this.timed) await seconds(CALM_SECONDS);
  }

  private build(): Promise<World> {
    this.say(
      'Starting two gateways, two dns-nodes, three Redis, Postgres and a mail server on their own network …',
    );
    return startWorld();
  }

  private begin({ requests, questions, watch }: World): void {
    requests.tally.take();
    questions.tally.take();
    questions.takeWrong();
    watch.take();
  }

  private async mustBeWhole(world: World, when: string): Promise<void> {
    const missing = await untilWhole(world, WHOLE_WITHIN_SECONDS);
    if (missing.length > 0) throw new Error(`${when} not all is whole: ${missing.join(', ')}`);
  }
}
