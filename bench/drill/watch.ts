// What reports a fault to an operator: /readyz, the log and the metrics of every process, from the fault to its end.
import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 250;
const ANSWER_MS = 3000;
/** Series that stand for something that is wrong, or that would change if it were. */
const TELLING =
  /^(?:gateway|dns)_\w*(?:fail|lost|up|state|age|unavailable|error|connected|delay|wait|load|stale)\w*/;
/** An age always moves; it means something when it is higher than it is when all is well. */
const AGE = /_age_seconds$/;
const OLD_SECONDS = 5;
const ALWAYS_MOVING = /_(?:bucket|sum|count|created)$|^gateway_store_upkeep|load_seconds/;

export interface Watched {
  /** Such as `gateway-1`. */
  readonly name: string;
  /** Of its operations server, such as `http://10.64.1.2:4001`. */
  readonly url: string;
}

export class Watch {
  private reported = new Map<string, number>();
  private before = new Map<string, string>();
  private stopping = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly watched: readonly Watched[]) {}

  begin(): void {
    this.running = Promise.all(this.watched.map((each) => this.look(each)));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  /** A line of a process's output: only warnings and errors report a fault, and what is not of the log should not be there. */
  line(text: string): void {
    const entry = parsed(text);
    if (entry === null) this.count('output outside the log');
    if (entry === null || entry.level === 'info') return;
    const { event, part, job, field, code, error } = entry;
    this.count(
      ['log', event, part ?? job ?? field, code ?? error].filter((word) => word !== undefined).join(' '),
    );
  }

  /** What was reported since the last call, and how often. */
  take(): ReadonlyMap<string, number> {
    const { reported } = this;
    this.reported = new Map();
    return reported;
  }

  /** What stands in the way of being ready: none for a process that is. */
  static async readiness(url: string): Promise<string[]> {
    try {
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) });
      const { checks } = (await answer.json()) as { checks: Record<string, unknown> };
      if (answer.ok) return [];
      return Object.entries(checks).flatMap(([name, result]) =>
        result === 'ok' ? [] : [`${name} ${result}`],
      );
    } catch {
      return ['no answer'];
    }
  }

  private async look({ name, url }: Watched): Promise<void> {
    while (!this.stopping) {
      for (const fault of await Watch.readiness(url)) this.count(`readyz ${fault}`);
      await this.lookAtMetrics(name, url);
      await delay(EVERY_MS);
    }
  }

  private async lookAtMetrics(process: string, url: string): Promise<void> {
    const text = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
      .then((answer) => answer.text())
      .catch(() => '');
    for (const line of text.split('\n')) {
      const space = line.lastIndexOf(' ');
      const series = line.slice(0, space);
      const metric = /^\w+/.exec(series)?.[0] ?? '';
      if (!TELLING.test(series) || ALWAYS_MOVING.test(metric)) continue;
      const key = `${process} ${series}`;
      const value = line.slice(space + 1);
      const isNews = this.before.has(key) && this.before.get(key) !== value;
      const isYoung = AGE.test(metric) && Number(value) < OLD_SECONDS;
      if (isNews && !isYoung) this.count(`metric ${metric}`);
      this.before.set(key, value);
    }
  }

  private count(what: string): void {
    this.reported.set(what, (this.reported.get(what) ?? 0) + 1);
  }
}

function parsed(text: string): Readonly<Record<string, string | undefined>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, string>) : null;
  } catch {
    return null;
  }
}
