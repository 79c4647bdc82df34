// Whether background jobs that run every second have anything to do: one statement asks for all of them, in place of one or more
// for each list of rows.
import type { DataSource } from 'typeorm';
import { type Clock, today } from '../lib/calendar.js';
import type { Watching } from './each-row.js';

/** Lists of rows to work through, by the job that does: each as what stands behind FROM in SQL. $1: today. */
export type DueLists = Readonly<Record<string, readonly string[]>>;

/** For jobs that are skipped while they have nothing to do. */
export interface WatchingDue extends Watching {
  readonly due: Pick<DueWork, 'has'>;
}

/** Jobs begin within the same few milliseconds (jobs.ts, `together`), so they share the answer for this long. */
const SHARED_MS = 100;

type Found = Readonly<Record<string, boolean>>;

export class DueWork {
  private readonly statement: string;
  private last: { readonly at: number; readonly found: Promise<Found> } | null = null;
  /** What each job was last answered. The first run of a job always begins. */
  private readonly before = new Map<string, boolean>();

  constructor(
    private readonly database: Pick<DataSource, 'query'>,
    private readonly lists: DueLists,
    private readonly clock: Clock,
    /** Milliseconds of a stopwatch. */
    private readonly stopwatch: () => number = () => performance.now(),
  ) {
    const columns = Object.entries(lists).map(([name, tables]) => {
      const exists = tables.map((table) => `EXISTS (SELECT FROM ${table})`);
      return `${exists.join(' OR ')} AS ${name}`;
    });
    this.statement = `SELECT ${columns.join(', ')}`;
  }

  /** Also true once when the last row is gone, so that the job can report that nothing fails any more. */
  async has(name: string): Promise<boolean> {
    if (!(name in this.lists)) throw new Error(`no list of due work is named ${name}`);
    const before = this.before.get(name) ?? true;
    const now = (await this.look())[name]!;
    this.before.set(name, now);
    return before || now;
  }

  private look(): Promise<Found> {
    const at = this.stopwatch();
    if (this.last === null || at - this.last.at > SHARED_MS) {
      const found = this.database.query<[Found]>(this.statement, [today(this.clock())]).then(([row]) => row);
      this.last = { at, found };
    }
    return this.last.found;
  }
}
