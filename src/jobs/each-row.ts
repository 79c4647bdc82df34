// Background work on many rows, such as all data exports that were requested: a row that fails never stops the others.
import { HOUR_MS } from '../lib/durations.js';
import { isAway, isUnavailable } from '../runtime/availability.js';
import { errorFields, type JobName, type Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';

const FIRST_WAIT_MS = 2000;
const MAX_WAIT_MS = HOUR_MS;
/** After so many failures in a row that look like an outage, the store counts as away. */
const AWAY_AFTER = 3;

/**
 * Does the work for each row, in order. `list` names the kind of rows, `key` identifies a row within it. A row that fails is
 * skipped for a while. Rejects when a store is away.
 */
export type EachRow = <Row>(
  list: string,
  rows: readonly Row[],
  key: (row: Row) => string,
  work: (row: Row) => Promise<void>,
) => Promise<void>;

/** Where failures of rows are reported. */
interface Observing {
  readonly log: Logger;
  readonly observe: (job: JobName, failing: number) => void;
}

/** What every background job on rows needs. */
export interface Watching extends Observing {
  readonly clock: TrustedClock;
}

interface Failing {
  readonly list: string;
  readonly tries: number;
  /** Milliseconds, by the clock of `now`. */
  readonly nextTry: number;
}

/**
 * For a process that keeps running. The log states when a row begins to fail and when it succeeds again; `observe` gets the
 * number of failing rows. A row is tried again after 2, 4, 8, … seconds, at most an hour. `now`: milliseconds of any clock.
 */
export function eachRow(
  options: Observing & { readonly job: JobName; readonly now?: () => number },
): EachRow {
  const { job, log, observe, now = () => performance.now() } = options;
  const failing = new Map<string, Failing>();

  function failed(name: string, list: string, error: unknown): void {
    const tries = (failing.get(name)?.tries ?? 0) + 1;
    // An outage of a store is reported as such. A row that times out twice is no outage.
    if (tries === (isUnavailable(error) ? 2 : 1)) log.error('row.failed', { job, ...errorFields(error) });
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), MAX_WAIT_MS);
    failing.set(name, { list, tries, nextTry: now() + wait });
  }

  function forgetGone(list: string, there: ReadonlySet<string>): void {
    for (const [name, each] of failing) if (each.list === list && !there.has(name)) failing.delete(name);
  }

  /** Returns the error when it shows that a store is away; else null. */
  async function tried(name: string, list: string, work: () => Promise<void>): Promise<unknown> {
    try {
      await work();
      if (failing.delete(name)) log.info('row.recovered', { job });
      return null;
    } catch (error) {
      failed(name, list, error);
      return isAway(error) ? error : null;
    }
  }

  return async (list, rows, key, work) => {
    const named = rows.map((row) => ({ row, name: `${list} ${key(row)}` }));
    forgetGone(list, new Set(named.map(({ name }) => name)));
    let away: unknown[] = [];
    for (const { row, name } of named) {
      if ((failing.get(name)?.nextTry ?? 0) > now()) continue;
      const error = await tried(name, list, () => work(row));
      away = error === null ? [] : [...away, error];
      if (away.length === AWAY_AFTER) break;
    }
    observe(job, failing.size);
    if (away.length > 0) throw away[0];
  };
}

/** For a caller that wants the error: does the work for all rows, and then rejects with the first failure. */
export const everyRow: EachRow = async (_list, rows, _key, work) => {
  const failures: unknown[] = [];
  for (const row of rows) await work(row).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
};
