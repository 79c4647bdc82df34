// Until when a request must be answered: periods as the laws count them, in whole days.
import { type Day, daysAfter, daysFrom, firstDayOf, monthOf, monthsAfter } from '../../day.js';
import type { PrivacyLaw } from './laws.js';

const SATURDAY = 6;
const SUNDAY = 0;

export interface Clockwork {
  readonly receivedOn: Day;
  /** Days during which the clock stood still. */
  readonly pausedDays: number;
  readonly extended: boolean;
}

/**
 * The last day on which an answer is in time. The day of the receipt does not count; a month ends on the day of the same
 * number, or on the month's last when it has none of that number (Regulation (EEC, Euratom) No 1182/71, Article 3(1) and
 * (2)(c)); an extension counts from the receipt, too. Days on which the clock stood still are added.
 */
export function dueDay(law: PrivacyLaw, { receivedOn, pausedDays, extended }: Clockwork): Day {
  const { unit, length } = extended ? law.extended : law.answer;
  const end = unit === 'month' ? sameDayMonthsAfter(receivedOn, length) : daysAfter(receivedOn, length);
  const last = daysAfter(end, law.pausedByIdentification ? pausedDays : 0);
  return law.weekendsMoveOn ? orMonday(last) : last;
}

/**
 * The last day on which the receipt can be acknowledged in time; null where the law asks for none. Saturdays and Sundays
 * are no business days; public holidays are counted as if they were, which is never too late.
 */
export function acknowledgeDay(law: PrivacyLaw, receivedOn: Day): Day | null {
  if (law.acknowledgeBusinessDays === null) return null;
  let day = receivedOn;
  for (let left = law.acknowledgeBusinessDays; left > 0; ) {
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
