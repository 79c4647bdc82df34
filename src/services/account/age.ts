// How old a person must be to have an account. They say that they are; when they were born is nobody's business here.
import { z } from 'zod';
import { dayOfReading } from '../../lib/day-of-reading.js';
import { readPolicyFile } from '../../lib/policy-file.js';

/** Privacy policy, "Use by children": eighteen, or the age of majority where the person lives. */
const LEAST_AGE = 18;

const yearsOfMajority = z
  .int('must be a whole number of years')
  .min(14, 'must be from 14 to 25 years')
  .max(25, 'must be from 14 to 25 years');

const countryLaw = z
  .strictObject({
    age: yearsOfMajority,
    source: z.string().min(1, 'must name a source'),
    readOn: dayOfReading,
    note: z.string().min(1, 'must not be empty').optional(),
    /** Where the age differs within the country: all of its subdivisions, the greatest age being `age`. */
    subdivisions: z
      .array(
        z.strictObject({
          codes: z.array(z.string().regex(/^[A-Z]{2}$/, 'must be the second half of a code of ISO 3166-2')),
          age: yearsOfMajority,
          source: z.string().min(1, 'must name a source'),
        }),
      )
      .min(1, 'must not be empty')
      .optional(),
  })
  .refine(
    ({ age, subdivisions }) =>
      subdivisions === undefined || age === Math.max(...subdivisions.map((each) => each.age)),
    { path: ['age'], error: 'must be the greatest age of the subdivisions' },
  )
  .refine(
    ({ subdivisions = [] }) => {
      const codes = subdivisions.flatMap((each) => each.codes);
      return new Set(codes).size === codes.length;
    },
    { path: ['subdivisions'], error: 'must name each subdivision once' },
  );

type CountryLaw = z.infer<typeof countryLaw>;

const agesFile = z.record(
  z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters (ISO 3166-1 alpha-2)'),
  countryLaw,
);

export interface AgeRule {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** The second half of a code of ISO 3166-2. Null: the rule is that of the whole country. */
  readonly subdivision: string | null;
  /** Second halves of codes of ISO 3166-2, sorted; empty where the age is the same in the whole country. */
  readonly subdivisions: readonly string[];
  /** Years; of a whole country, the greatest in any of its subdivisions. */
  readonly ageOfMajority: number;
  /** The law, or the compilation that cites it. */
  readonly source: string;
  /** Years: what a person must be to have an account. */
  readonly requiredAge: number;
}

interface CountryRules {
  readonly whole: AgeRule;
  readonly bySubdivision: ReadonlyMap<string, AgeRule>;
}

export class AgeService {
  constructor(private readonly rules: ReadonlyMap<string, CountryRules>) {}

  /**
   * `country`: ISO 3166-1 alpha-2, in capitals; `subdivision`: the second half of a code of ISO 3166-2, in capitals. Where
   * the age is the same in the whole country, nobody looks at the subdivision. Null: the table has no such place.
   */
  rule(country: string, subdivision: string | null = null): AgeRule | null {
    const rules = this.rules.get(country);
    if (rules === undefined) return null;
    if (subdivision === null || rules.bySubdivision.size === 0) return rules.whole;
    return rules.bySubdivision.get(subdivision) ?? null;
  }

  /** Years, for a person who does not name a subdivision; null when it is no country of the table. */
  requiredAge(country: string): number | null {
    return this.rule(country)?.requiredAge ?? null;
  }

  /** Years: nobody with an account in the country has stated less. Null when it is no country of the table. */
  leastRequiredAge(country: string): number | null {
    const rules = this.rules.get(country);
    if (rules === undefined) return null;
    const ages = [...rules.bySubdivision.values()].map(({ requiredAge }) => requiredAge);
    return Math.min(rules.whole.requiredAge, ...ages);
  }
}

/** Throws PolicyFileError with all errors of the table. */
export async function loadAges(path: string): Promise<AgeService> {
  const ages = await readPolicyFile(path, agesFile);
  return new AgeService(
    new Map(Object.entries(ages).map(([country, law]) => [country, rulesOf(country, law)])),
  );
}

function rulesOf(country: string, { age, source, subdivisions: laws = [] }: CountryLaw): CountryRules {
  const subdivisions = laws.flatMap(({ codes }) => codes).sort();
  const rule = (subdivision: string | null, ageOfMajority: number, from: string): AgeRule => ({
    country,
    subdivision,
    subdivisions,
    ageOfMajority,
    source: from,
    requiredAge: Math.max(LEAST_AGE, ageOfMajority),
  });
  const bySubdivision = laws.flatMap((law) =>
    law.codes.map((code): [string, AgeRule] => [code, rule(code, law.age, law.source)]),
  );
  return { whole: rule(null, age, source), bySubdivision: new Map(bySubdivision) };
}
