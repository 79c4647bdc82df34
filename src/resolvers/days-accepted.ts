// What services answer when they are asked about days, or why they do not.
import { badInput } from '../graphql/errors.js';
import type { DayRangeError } from '../input/span.js';

/** Throws BAD_USER_INPUT. */
export function daysAccepted<T extends object | null>(answer: T | DayRangeError): T {
  if (answer === 'invalid-range') throw badInput('from and to must span from 1 to 400 days.', 'to');
  if (answer === 'not-over')
    throw badInput('to must be a day that is over: yesterday in UTC, or earlier.', 'to');
  return answer;
}
