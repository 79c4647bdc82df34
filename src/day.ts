// A day is a UTC calendar date, the finest time that this product keeps about a person.

/** `YYYY-MM-DD` in UTC (ISO 8601 calendar date). Sorts as text. */
export type Day = string & { readonly __day: unique symbol };

const DAY_MS = 86_400_000;

/** The current UTC day. Pass `now` (milliseconds since the epoch) to fix the clock. */
export function today(now: number = Date.now()): Day {
  return new Date(now).toISOString().slice(0, 10) as Day;
}

/** The day so many days after, or before when `days` is negative. */
export function daysAfter(day: Day, days: number): Day {
  return today(Date.parse(day) + days * DAY_MS);
}

/** The text as a day, or null when it is not a date of the calendar (`2026-02-30` is not). */
export function parseDay(text: string): Day | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && today(time) === text ? (text as Day) : null;
}
