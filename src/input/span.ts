// How many days statistics can be asked for at once.
import { type Day, daysFrom } from '../lib/calendar.js';

const MAX_DAYS = 400;

/** Why days are not answered; 'not-over': the last one is today (UTC) or later. */
export type DayRangeError = 'invalid-range' | 'not-over';

/** Whether these are 1 to 400 days in their order, both included. */
export function isSpan(from: Day, to: Day): boolean {
  const days = daysFrom(from, to);
  return days >= 1 && days <= MAX_DAYS;
}
