// Which law a request is answered under, and how that law counts: a table by country and US state, with its sources.
import { z } from 'zod';
import { readPolicyFile } from '../policy-file.js';

const id = z.string().regex(/^[a-z]+(-[a-z]+)*$/, 'must be lower-case words with hyphens between');
const source = z.string().min(1, 'must name where it stands in the law');
const period = z.strictObject({
  unit: z.enum(['month', 'day'], 'must be "month" or "day"'),
  length: z.int().positive(),
});

const law = z.strictObject({
  name: z.string().min(1, 'must not be empty'),
  source,
  /** From the receipt, whose day does not count. */
  answer: period,
  /** From the receipt, too: the whole time when it is extended. */
  extended: period,
  /** Business days within which the receipt is acknowledged; null where the law asks for none. */
  acknowledgeBusinessDays: z.int().positive().nullable(),
  /** Whether the clock stands still while identification is awaited. */
  pausedByIdentification: z.boolean(),
  /** Whether a last day on a Saturday or Sunday moves to the Monday after it. */
  weekendsMoveOn: z.boolean(),
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
