// Which law a request is answered under, and how that law counts: a table by country and US state, with its sources.
import { z } from 'zod';
import { RIGHTS_REQUEST_KINDS } from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';
import { dayOfReading } from '../../lib/day-of-reading.js';
import { readPolicyFile } from '../../lib/policy-file.js';
import { authority } from './authorities.js';
import { latestDay } from './deadlines.js';

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
  /** What was read of the source and what was not, and what is our own choice. */
  note: z.string().min(1, 'must not be empty').optional(),
  /** From the receipt. */
  answer: period,
  /** From the receipt, too: the whole time when it is extended; as long as `answer` where it cannot be. */
  extended: period,
  /** Shorter times for requests of a kind, which cannot be extended. */
  byKind: z.partialRecord(z.enum(RIGHTS_REQUEST_KINDS), period),
  /** Whether the day of the receipt is the first of the period, and not the one after it. */
  receiptDayCounts: z.boolean(),
  /** Business days within which the receipt is acknowledged; null where the law asks for none. */
  acknowledgeBusinessDays: z.int().positive().nullable(),
  /** Whether the clock stands still while identification is awaited. */
  pausedByIdentification: z.boolean(),
  /** Whether, once it was awaited, the whole period runs from its day, and not the rest of the period. */
  countsFromIdentification: z.boolean(),
  /** Whether a last day on a Saturday or Sunday moves to the Monday after it. */
  weekendsMoveOn: z.boolean(),
  /** Where the law holds, between its westernmost and its easternmost time zone. */
  utcOffsets: z.strictObject({ west: offset, east: offset }),
  /** Of a denial; null where the law gives none. `within`: how long after the denial. */
  appeal: z.strictObject({ within: period, answer: period, source }).nullable(),
  /** Whom the law names for complaints; null: the authority of the person's country. */
  authority: authority.nullable(),
  /** Whether the person can go to court themselves. */
  court: z.boolean(),
  /** How long it is kept, without a person, that there was such a request. */
  keepMonths: z.int().positive(),
  keepSource: source,
});

const lawsFile = z.strictObject({
  laws: z.record(id, law),
  /** The law of everybody whose country, or US state, is in neither list. */
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

  /** `country`: ISO 3166-1 alpha-2, or null when it is not known. `usState`: such as `CA`; of no meaning elsewhere. */
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

  /** By id of a law: the latest day that it is anywhere where it holds. `now`: milliseconds since the epoch. */
  latestDays(now: number): Readonly<Record<string, Day>> {
    return Object.fromEntries(this.all().map((each) => [each.id, latestDay(each, now)]));
  }

  all(): readonly PrivacyLaw[] {
    return Object.keys(this.file.laws).map((id) => this.law(id));
  }
}

/** Throws PolicyFileError with every fault of the table. */
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
