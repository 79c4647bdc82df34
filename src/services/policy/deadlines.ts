// The deadlines of rights requests: periods as the laws define them, in whole days of the place where the law applies.

import type { RightsRequestKind } from '../../entities/rights/rights-request.js';
import { type Day, daysAfter, daysFrom, firstDayOf, monthOf, monthsAfter } from '../../lib/calendar.js';
import type { Period, PrivacyLaw } from './laws.js';

const SATURDAY = 6;
const SUNDAY = 0;

export interface Clockwork {
  readonly kind: RightsRequestKind;
  readonly receivedOn: Day;
  /** Days during which the period was paused. */
  readonly pausedDays: number;
  readonly extended: boolean;
}

/**
 * The last day for an answer. The day of the receipt does not count unless the law says so (11 CCR § 7021(b)). A month ends on
 * the day of the same number, or on the last day of a shorter month (Regulation (EEC, Euratom) No 1182/71, Article 3(1) and
 * (2)(c)). An extension also counts from the receipt. Paused days are added, or the whole period starts again when the pause
 * ends (UK GDPR, Article 12A).
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

/** The last day to appeal a denial, or to answer an appeal, counted from the day of the denial or the appeal. */
export function endOf({ unit, length }: Period, from: Day): Day {
  if (unit === 'month') return sameDayMonthsAfter(from, length);
  return unit === 'day' ? daysAfter(from, length) : businessDaysAfter(from, length);
}

/**
 * The last day to acknowledge the receipt; null if the law does not require it. Saturdays and Sundays are not business days;
 * public holidays are counted as business days, which is never too late.
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

/** The day of the same number that many months later, or the last day of a shorter month. */
export function sameDayMonthsAfter(day: Day, months: number): Day {
  const month = monthsAfter(monthOf(day), months);
  const length = daysFrom(firstDayOf(month), firstDayOf(monthsAfter(month, 1))) - 1;
  return daysAfter(firstDayOf(month), Math.min(Number(day.slice(8)), length) - 1);
}

/** Article 3(4) of the same Regulation. Public holidays differ by country; ignoring them is never too late. */
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
