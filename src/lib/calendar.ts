// A day is a UTC calendar date, the finest time that this product keeps about a person.
import { DAY_MS } from './durations.js';

/** `YYYY-MM-DD` in UTC (ISO 8601 calendar date). Sorts as text. */
export type Day = string & { readonly __day: unique symbol };

/** Milliseconds since the epoch; another one than `Date.now` where tests set the time. */
export type Clock = () => number;

/** Days by their numbers since the epoch. The same few are needed again and again, and formatting one takes a microsecond. */
const formatted = new Map<number, Day>();
const MOST_FORMATTED = 1000;

/** The current UTC day. Pass `now` (milliseconds since the epoch) to fix the clock. */
export function today(now: number = Date.now()): Day {
  const number = Math.floor(now / DAY_MS);
  let day = formatted.get(number);
  if (day === undefined) {
    day = new Date(now).toISOString().slice(0, 10) as Day;
    if (formatted.size === MOST_FORMATTED) formatted.clear();
    formatted.set(number, day);
  }
  return day;
}

/** The day so many days after, or before when `days` is negative. */
export function daysAfter(day: Day, days: number): Day {
  return today(Date.parse(day) + days * DAY_MS);
}

/** Days that every month has. Most strings need no other check; the calendar takes ten times as long. */
const OF_EVERY_MONTH = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;

/**
 * The string as a day; null when it is not a date of the calendar, such as `2026-02-30` or a day of the year 0, which Postgres does
 * not know.
 */
export function parseDay(text: string): Day | null {
  if (OF_EVERY_MONTH.test(text)) return text as Day;
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && today(time) === text ? (text as Day) : null;
}

/** `YYYY-MM`: a calendar month in UTC. Sorts as text. */
export type Month = string & { readonly __month: unique symbol };

export function monthOf(day: Day): Month {
  return day.slice(0, 7) as Month;
}

/** The month so many months after, or before when `months` is negative. */
export function monthsAfter(month: Month, months: number): Month {
  const number = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + months;
  const year = String(Math.floor(number / 12)).padStart(4, '0');
  return `${year}-${String((number % 12) + 1).padStart(2, '0')}` as Month;
}

export function firstDayOf(month: Month): Day {
  return `${month}-01` as Day;
}

/** The string as a month; null when it is none. */
export function parseMonth(text: string): Month | null {
  const day = /^\d{4}-\d{2}$/.test(text) ? parseDay(`${text}-01`) : null;
  return day === null ? null : monthOf(day);
}

/** How many days there are from one to the other, both included; below 1 when the second is before the first. */
export function daysFrom(from: Day, to: Day): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** Every day from one to the other, both included; none when the second is before the first. */
export function daysBetween(from: Day, to: Day): Day[] {
  const days: Day[] = [];
  for (let month = monthOf(from); month <= monthOf(to); month = monthsAfter(month, 1)) {
    const last = daysFrom(firstDayOf(month), firstDayOf(monthsAfter(month, 1))) - 1;
    for (let number = 1; number <= last; number += 1) {
      const day = `${month}-${number < 10 ? '0' : ''}${number}` as Day;
      if (day >= from && day <= to) days.push(day);
    }
  }
  return days;
}
