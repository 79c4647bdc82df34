// Until when a request must be answered: periods as the laws count them, in whole days of the place where the law holds.

import type { RightsRequestKind } from '../../entities/rights/rights-request.js';
import {
  type Day,
  daysAfter,
  daysFrom,
  firstDayOf,
  monthOf,
  monthsAfter,
  today,
} from '../../lib/calendar.js';
import { HOUR_MS } from '../../lib/durations.js';
import type { Period, PrivacyLaw } from './laws.js';

const SATURDAY = 6;
const SUNDAY = 0;

export interface Clockwork {
  readonly kind: RightsRequestKind;
  readonly receivedOn: Day;
  /** Days during which the clock stood still. */
  readonly pausedDays: number;
  readonly extended: boolean;
}

/**
 * The last day on which an answer is in time. The day of the receipt does not count unless the law says so (11 CCR § 7021(b));
 * a month ends on the day of the same number, or on the month's last when it has none of that number (Regulation (EEC,
 * Euratom) No 1182/71, Article 3(1) and (2)(c)); an extension counts from the receipt, too. Days on which the clock stood
 * still are added, or the whole period runs from their end (UK GDPR, Article 12A).
 */
export function dueDay(law: PrivacyLaw, { kind, receivedOn, pausedDays, extended }: Clockwork): Day {
  const period = law.byKind[kind] ?? (extended ? law.extended : law.answer);
  const paused = law.pausedByIdentification ? pausedDays : 0;
  const begins = daysAfter(receivedOn, law.receiptDayCounts ? -1 : 0);
  const last = law.countsFromIdentification
    ? endOf(period, daysAfter(begins, paused))
    : daysAfter(endOf(period, begins), paused);
  return law.weekendsMoveOn ? orMonday(last) : last;
}

/** The last day on which a denial can be appealed, and the last day of the answer to an appeal; each from the day before it. */
export function endOf({ unit, length }: Period, from: Day): Day {
  if (unit === 'month') return sameDayMonthsAfter(from, length);
  return unit === 'day' ? daysAfter(from, length) : businessDaysAfter(from, length);
}

/**
 * The day of the receipt: the earlier one of UTC's and of the law's westernmost place, so that no last day is later than the
 * person's calendar has it. `now`: milliseconds since the epoch.
 */
export function dayOfReceipt({ utcOffsets }: Pick<PrivacyLaw, 'utcOffsets'>, now: number): Day {
  return today(now + Math.min(0, utcOffsets.west) * HOUR_MS);
}

/** The latest day that it is anywhere where the law holds, or in UTC: a last day before it is over for somebody. */
export function latestDay({ utcOffsets }: Pick<PrivacyLaw, 'utcOffsets'>, now: number): Day {
  return today(now + Math.max(0, utcOffsets.east) * HOUR_MS);
}

/**
 * The last day on which the receipt can be acknowledged in time; null where the law asks for none. Saturdays and Sundays
 * are no business days; public holidays are counted as if they were, which is never too late.
 */
export function acknowledgeDay(law: PrivacyLaw, receivedOn: Day): Day | null {
  return law.acknowledgeBusinessDays === null
    ? null
    : businessDaysAfter(receivedOn, law.acknowledgeBusinessDays);
}

function businessDaysAfter(from: Day, count: number): Day {
  let day = from;
  for (let left = count; left > 0; ) {
    day = daysAfter(day, 1);
    if (!isWeekend(day)) left -= 1;
  }
  return day;
}

/** The day of the same number so many months later, or that month's last. */
export function sameDayMonthsAfter(day: Day, months: number): Day {
  const month = monthsAfter(monthOf(day), months);
  const length = daysFrom(firstDayOf(month), firstDayOf(monthsAfter(month, 1))) - 1;
  return daysAfter(firstDayOf(month), Math.min(Number(day.slice(8)), length) - 1);
}

/** Article 3(4) of the same Regulation. Public holidays differ by country; leaving them out is never too late. */
function orMonday(day: Day): Day {
  const weekday = weekdayOf(day);
  if (weekday === SATURDAY) return daysAfter(day, 2);
  return weekday === SUNDAY ? daysAfter(day, 1) : day;
}

function isWeekend(day: Day): boolean {
  return [SATURDAY, SUNDAY].includes(weekdayOf(day));
}

function weekdayOf(day: Day): number {
  return new Date(day).getUTCDay();
}
