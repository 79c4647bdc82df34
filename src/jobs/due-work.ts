// Whether the background work of a second has anything to do: one statement asks for all of it, in the place of one and more for
// each list.
import type { DataSource } from 'typeorm';
import { type Clock, today } from '../lib/calendar.js';
import { DUE_REPORTS } from '../services/account/minor-reports.js';
import { DUE_ERASURES } from '../services/erasure/erasure.js';
import { UNTOLD_AGENTS } from '../services/rights/drp/drp.js';
import { ASKED_EXPORTS, OLD_EXPORTS } from '../services/rights/export/exports.js';
import { UNOPENED_REQUESTS, UNPERMITTED_REQUESTS } from '../services/rights/lapses.js';
import type { Watching } from './each-row.js';

/** Lists of work, as what stands behind FROM. $1: today. */
const LISTS = {
  erasures: [DUE_ERASURES, DUE_REPORTS, 'erasure'],
  exports: [OLD_EXPORTS, ASKED_EXPORTS],
  lapses: [UNOPENED_REQUESTS, UNPERMITTED_REQUESTS],
  callbacks: [UNTOLD_AGENTS],
} as const;

export type DueName = keyof typeof LISTS;

/** What work goes by that is left out while there is none. */
export interface WatchingDue extends Watching {
  readonly due: Pick<DueWork, 'has'>;
}

type Found = Readonly<Record<DueName, boolean>>;

const LOOK = `SELECT ${Object.entries(LISTS)
  .map(([name, lists]) => `${lists.map((list) => `EXISTS (SELECT FROM ${list})`).join(' OR ')} AS ${name}`)
  .join(', ')}`;

/** A look serves those who ask so soon after it: passes begin within the same few milliseconds (passes.ts). */
const SHARED_MS = 100;

export class DueWork {
  private last: { readonly at: number; readonly found: Promise<Found> } | null = null;
  /** What there was when each was last asked for; a first pass always begins. */
  private readonly before = new Map<DueName, boolean>();

  constructor(
    private readonly database: Pick<DataSource, 'query'>,
    private readonly clock: Clock,
    /** Milliseconds of a stopwatch. */
    private readonly stopwatch: () => number = () => performance.now(),
  ) {}

  /** Also true once when the last of it has gone: a pass then sees that nothing fails any more. */
  async has(name: DueName): Promise<boolean> {
    const before = this.before.get(name) ?? true;
    const now = (await this.look())[name];
    this.before.set(name, now);
    return before || now;
  }

  private look(): Promise<Found> {
    const at = this.stopwatch();
    if (this.last === null || at - this.last.at > SHARED_MS) {
      const found = this.database.query<[Found]>(LOOK, [today(this.clock())]).then(([row]) => row);
      this.last = { at, found };
    }
    return this.last.found;
  }
}
