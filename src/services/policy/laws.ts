// The law that applies to a rights request, and its periods: a table by country and US state, with its sources.
import { z } from 'zod';
import { RIGHTS_REQUEST_KINDS } from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';
import { dayOfReading } from '../../lib/day-of-reading.js';
import { readPolicyFile } from '../../lib/policy-file.js';
import { authority } from './authorities.js';
import { latestDay } from './local-days.js';

const id = z.string().regex(/^[a-z]+(-[a-z]+)*$/, 'must be lower-case words with hyphens between');
const source = z.string().min(1, 'must name where it stands in the law');
const period = z.strictObject({
  unit: z.enum(['month', 'day', 'business-day'], 'must be "month", "day" or "business-day"'),
  length: z.int().positive(),
});

/** Hours from UTC, in whole ones. */
const offset = z.int().min(-12, 'must be from -12 to 14').max(14, 'must be from -12 to 14');

const law = z.strictObject({
  name: z.string().min(1, 'must not be empty'),
  source,
  readOn: dayOfReading,
  /** Which parts of the source were read, and which choices are our own. */
  note: z.string().min(1, 'must not be empty').optional(),
  /** From the receipt. */
  answer: period,
  /** Also from the receipt: the whole period with an extension; equal to `answer` if it cannot be extended. */
  extended: period,
  /** Shorter periods for requests of certain kinds, which cannot be extended. */
  byKind: z.partialRecord(z.enum(RIGHTS_REQUEST_KINDS), period),
  /** Whether the day of the receipt is the first day of the period, rather than the day after it. */
  receiptDayCounts: z.boolean(),
  /** Business days within which the receipt must be acknowledged; null if the law does not require it. */
  acknowledgeBusinessDays: z.int().positive().nullable(),
  /** Whether the period is paused while identification is awaited. */
  pausedByIdentification: z.boolean(),
  /** Whether the whole period starts again on the day of the identification, rather than continuing. */
  countsFromIdentification: z.boolean(),
  /** Whether a last day on a Saturday or Sunday moves to the Monday after it. */
  weekendsMoveOn: z.boolean(),
  /** The westernmost and the easternmost time zone in which the law applies. */
  utcOffsets: z.strictObject({ west: offset, east: offset }),
  /** The appeal against a denial; null if the law has none. `within`: how long after the denial. */
  appeal: z.strictObject({ within: period, answer: period, source }).nullable(),
  /** The authority that the law names for complaints; null: that of the person's country. */
  authority: authority.nullable(),
  /** Whether the person can go to court. */
  court: z.boolean(),
  /** How long the anonymous record of a request is kept. */
  keepMonths: z.int().positive(),
  keepSource: source,
});

const lawsFile = z.strictObject({
  laws: z.record(id, law),
  /** The law for countries and US states that are in neither list. */
  elsewhere: id,
  countries: z.record(z.string().regex(/^[A-Z]{2}$/, 'must be a code of ISO 3166-1 alpha-2'), id),
  /** States of the United States, by the second half of their code in ISO 3166-2; `*` is any other. */
  usStates: z.record(z.string().regex(/^(?:[A-Z]{2}|\*)$/, 'must be a code of ISO 3166-2:US, or *'), id),
});

export type Period = z.infer<typeof period>;

export interface PrivacyLaw extends z.infer<typeof law> {
  readonly id: string;
}

export class PrivacyLaws {
  constructor(private readonly file: z.infer<typeof lawsFile>) {}

  /** `country`: ISO 3166-1 alpha-2, or null if unknown. `usState`: such as `CA`; ignored outside the United States. */
  lawOf(country: string | null, usState: string | null): PrivacyLaw {
    const { usStates, countries, elsewhere } = this.file;
    if (country === 'US') return this.law(usStates[usState ?? '*'] ?? usStates['*'] ?? elsewhere);
    return this.law(countries[country ?? ''] ?? elsewhere);
  }

  /** Whether it is the law of a state of the United States. */
  isOfUnitedStates(id: string): boolean {
    return Object.values(this.file.usStates).includes(id);
  }

  /** Throws when there is none of that id. */
  law(id: string): PrivacyLaw {
    const found = this.file.laws[id];
    if (found === undefined) throw new Error('unknown privacy law');
    return { id, ...found };
  }

  /** By a law's id: the latest current day in any place where the law applies. `now`: milliseconds since the epoch. */
  latestDays(now: number): Readonly<Record<string, Day>> {
    return Object.fromEntries(this.all().map((each) => [each.id, latestDay(each, now)]));
  }

  all(): readonly PrivacyLaw[] {
    return Object.keys(this.file.laws).map((id) => this.law(id));
  }
}

/** Throws PolicyFileError with every error of the table. */
export async function loadPrivacyLaws(path: string): Promise<PrivacyLaws> {
  const file = await readPolicyFile(path, lawsFile, ({ laws, elsewhere, countries, usStates }) => {
    const used = { elsewhere, ...prefixed('countries', countries), ...prefixed('usStates', usStates) };
    return Object.entries(used)
      .filter(([, id]) => !(id in laws))
      .map(([place, id]) => `${place}: there is no law "${id}"`);
  });
  return new PrivacyLaws(file);
}

function prefixed(name: string, entries: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${name}.${key}`, value]));
}
