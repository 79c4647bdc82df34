// How old a person must be to have an account. They say that they are; when they were born is nobody's business here.
import { z } from 'zod';
import { dayOfReading } from './day-of-reading.js';
import { readPolicyFile } from './policy-file.js';

/** Privacy policy, "Use by children": eighteen, or the age of majority where the person lives. */
const LEAST_AGE = 18;

const agesFile = z.record(
  z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters (ISO 3166-1 alpha-2)'),
  z.strictObject({
    age: z
      .int('must be a whole number of years')
      .min(14, 'must be from 14 to 25 years')
      .max(25, 'must be from 14 to 25 years'),
    source: z.string().min(1, 'must name a source'),
    readOn: dayOfReading,
    note: z.string().min(1, 'must not be empty').optional(),
    /** Where the age differs within the country: all of its subdivisions, the greatest age being `age`. */
    subdivisions: z
      .array(
        z.strictObject({
          codes: z.array(z.string().regex(/^[A-Z]{2}$/, 'must be the second half of a code of ISO 3166-2')),
          age: z.int().min(14).max(25),
          source: z.string().min(1, 'must name a source'),
        }),
      )
      .optional(),
  }),
);

export interface AgeRule {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Years; the greatest in any of the country's subdivisions. */
  readonly ageOfMajority: number;
  /** The law, or the compilation that tells it. */
  readonly source: string;
  /** Years: what a person must be to have an account. */
  readonly requiredAge: number;
}

export class AgeService {
  constructor(private readonly rules: ReadonlyMap<string, AgeRule>) {}

  /** `country`: ISO 3166-1 alpha-2, in capitals. Null: no country of the table. */
  rule(country: string): AgeRule | null {
    return this.rules.get(country) ?? null;
  }

  /** Years, or null when it is no country of the table. */
  requiredAge(country: string): number | null {
    return this.rule(country)?.requiredAge ?? null;
  }
}

/** Throws PolicyFileError with every fault of the table. */
export async function loadAges(path: string): Promise<AgeService> {
  const ages = await readPolicyFile(path, agesFile);
  const rules = Object.entries(ages).map(([country, { age, source }]): [string, AgeRule] => [
    country,
    { country, ageOfMajority: age, source, requiredAge: Math.max(LEAST_AGE, age) },
  ]);
  return new AgeService(new Map(rules));
}
