// The clock that background jobs use when they delete. A machine whose clock is wrong would delete too much, within a second of its
// start and for good (decision 0060).

import { type Day, daysFrom, today } from '../lib/calendar.js';
import { HOUR_MS } from '../lib/durations.js';
import type { Logger } from './log.js';

/** Milliseconds since the epoch; null while the clock is not trusted and nothing may be deleted. Rejects when no store answers. */
export type TrustedClock = () => Promise<number | null>;

/**
 * `wrong`: both stores have another time than this process. `unsure`: no two of the clocks agree.
 * `jumped`: all agree, but the day is far from the day of the last run.
 */
export type ClockState = 'ok' | 'wrong' | 'unsure' | 'jumped';

/** The stores whose clocks are compared with that of this process. */
export type ClockStore = 'postgres' | 'redis';

const MOST_APART_MS = HOUR_MS;
/** Days between the last run of background jobs, on any gateway, and the next one. Beyond that an operator has to confirm the day. */
export const MOST_DAYS_APART = 7;
const CHECK_EVERY_MS = 60_000;
/** How much the clock may gain or lose against a stopwatch before the stores are asked again. */
const MOST_DRIFT_MS = 60_000;

/** The day of the last run of background jobs, which all gateways share. */
export interface LastDay {
  read(): Promise<Day | null>;
  write(day: Day): Promise<void>;
}

export interface ClockGuardParts {
  /** Each resolves to milliseconds since the epoch, by the clock of the store. */
  readonly times: Readonly<Record<ClockStore, () => Promise<number>>>;
  readonly lastDay: LastDay;
  /** Whether a day far from the last run is accepted without confirmation, as in development. */
  readonly acceptsJumps: boolean;
  readonly log: Pick<Logger, 'error' | 'warn' | 'info'>;
  /** The clock of this process. */
  readonly system?: () => number;
  /** Milliseconds of a stopwatch, which cannot be set. */
  readonly stopwatch?: () => number;
}

interface Checked {
  readonly state: ClockState;
  readonly time: number;
  readonly ticks: number;
}

/** Compares clocks, in milliseconds; null for a store that does not answer. `wrong` names the stores that are outvoted. */
export function compareClocks(
  own: number,
  stores: Readonly<Record<ClockStore, number | null>>,
): { readonly state: Exclude<ClockState, 'jumped'>; readonly wrong: readonly ClockStore[] } {
  const known = Object.entries(stores).filter((entry): entry is [ClockStore, number] => entry[1] !== null);
  const isNear = (one: number, other: number) => Math.abs(one - other) <= MOST_APART_MS;
  const others = known.filter(([, time]) => !isNear(own, time));
  if (others.length === 0) return { state: 'ok', wrong: [] };
  if (others.length < known.length) return { state: 'ok', wrong: others.map(([name]) => name) };
  const [one, other] = others.map(([, time]) => time);
  return { state: other !== undefined && isNear(one!, other) ? 'wrong' : 'unsure', wrong: [] };
}

export class ClockGuard {
  private checked: Checked | null = null;
  private running: Promise<ClockState> | null = null;
  private lastDay: Day | null = null;
  private wrongStores = '';
  private readonly system: () => number;
  private readonly stopwatch: () => number;

  constructor(private readonly parts: ClockGuardParts) {
    this.system = parts.system ?? Date.now;
    this.stopwatch = parts.stopwatch ?? (() => performance.now());
  }

  /** The current state. Asks the stores at most once a minute. Rejects when neither answers. */
  async state(): Promise<ClockState> {
    if (this.checked !== null && this.isFresh(this.checked)) return this.checked.state;
    this.running ??= this.check().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** The result of the last check; `ok` before the first one. */
  lastState(): ClockState {
    return this.checked?.state ?? 'ok';
  }

  /** Returns `clock`, for as long as the clock of this process is trusted. */
  trusted(clock: () => number): TrustedClock {
    return async () => ((await this.state()) === 'ok' ? clock() : null);
  }

  private isFresh(checked: Checked): boolean {
    const isRecent = this.stopwatch() - checked.ticks < CHECK_EVERY_MS;
    return isRecent && !this.hasDrifted(checked) && today(checked.time) === today(this.system());
  }

  /** Somebody has set the clock, or the machine has slept. */
  private hasDrifted({ time, ticks }: Checked): boolean {
    return Math.abs(this.system() - time - (this.stopwatch() - ticks)) > MOST_DRIFT_MS;
  }

  private async check(): Promise<ClockState> {
    const { postgres, redis } = this.parts.times;
    const answers = await Promise.allSettled([postgres(), redis()]);
    const [postgresTime, redisTime] = answers.map((each) =>
      each.status === 'fulfilled' ? each.value : null,
    );
    const time = this.system();
    if (postgresTime === null && redisTime === null) {
      // The check has found nothing: a clock that was wrong is not right because no store contradicts it.
      if (this.checked === null || this.hasDrifted(this.checked)) {
        throw (answers[0] as PromiseRejectedResult).reason;
      }
      this.checked = { state: this.checked.state, time, ticks: this.stopwatch() };
      return this.checked.state;
    }
    const { state, wrong } = compareClocks(time, { postgres: postgresTime!, redis: redisTime! });
    const hasJumped = state === 'ok' && (await this.hasJumped(today(time)));
    this.report(hasJumped ? 'jumped' : state, wrong);
    this.checked = { state: hasJumped ? 'jumped' : state, time, ticks: this.stopwatch() };
    return this.checked.state;
  }

  private async hasJumped(day: Day): Promise<boolean> {
    const { lastDay, acceptsJumps } = this.parts;
    if (day === this.lastDay) return false;
    try {
      const last = await lastDay.read();
      if (last !== null && !isNearDay(last, day) && !acceptsJumps) return true;
      // Of two gateways at midnight, the later day stays.
      if (last === null || day > last || !isNearDay(last, day)) await lastDay.write(day);
    } catch (error) {
      // Postgres is away: the last day that this process has seen serves as well.
      if (this.lastDay === null || !isNearDay(this.lastDay, day)) throw error;
      return false;
    }
    this.lastDay = day;
    return false;
  }

  private report(state: ClockState, wrong: readonly ClockStore[]): void {
    const { log } = this.parts;
    const before = this.lastState();
    if (state !== before && state !== 'ok')
      log.error('clock.wrong', { part: 'process', code: state.toUpperCase() });
    if (state !== before && state === 'ok') log.info('clock.right', { part: 'process' });
    const names = wrong.join();
    if (names === this.wrongStores) return;
    for (const part of wrong) log.warn('clock.wrong', { part });
    if (names === '') log.info('clock.right');
    this.wrongStores = names;
  }
}

/** Whether the days may be those of two consecutive runs. */
export function isNearDay(one: Day, other: Day): boolean {
  return Math.abs(daysFrom(one, other) - 1) <= MOST_DAYS_APART;
}
