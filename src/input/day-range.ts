// The range of days for which statistics can be read at once.
import { type Day, daysFrom } from '../lib/calendar.js';

const MAX_DAYS = 400;

/** Why a range is refused. 'not-over': its last day is today (UTC) or later. */
export type DayRangeError = 'invalid-range' | 'not-over';

/** Whether the range has 1 to 400 days, both ends included. */
export function isDayRange(from: Day, to: Day): boolean {
  const days = daysFrom(from, to);
  return days >= 1 && days <= MAX_DAYS;
}
