// Days in the places where a law applies, which may be ahead of UTC or behind it.
import { type Day, today } from '../../lib/calendar.js';
import { HOUR_MS } from '../../lib/durations.js';

/** Hours from UTC of the westernmost and the easternmost place where the law applies. */
interface Places {
  readonly utcOffsets: { readonly west: number; readonly east: number };
}

/**
 * The day of the receipt: in UTC or in the law's westernmost place, whichever is earlier, so that no deadline is later than in
 * the person's calendar. `now`: milliseconds since the epoch.
 */
export function dayOfReceipt({ utcOffsets }: Places, now: number): Day {
  return today(now + Math.min(0, utcOffsets.west) * HOUR_MS);
}

/** The latest current day in UTC or in any place where the law applies: earlier deadlines have passed for somebody. */
export function latestDay({ utcOffsets }: Places, now: number): Day {
  return today(now + Math.max(0, utcOffsets.east) * HOUR_MS);
}
