// The result of a service that was asked about a range of days, or why the range is refused.
import { badInput } from '../graphql/errors.js';
import type { DayRangeError } from '../input/day-range.js';

/** Throws BAD_USER_INPUT. */
export function inRange<T extends object | null>(result: T | DayRangeError): T {
  if (result === 'invalid-range')
    throw badInput('A range has 1 to 400 days, and its first day is not after its last day.', 'days');
  if (result === 'not-over')
    throw badInput('The last day of the range must be over: yesterday (UTC) or earlier.', 'days.to');
  return result;
}
