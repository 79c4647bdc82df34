// Where the law lets marketing be mailed without a consent, by country of residence. A country that nobody has looked into
// is one that asks for it.
import { z } from 'zod';
import { readPolicyFile } from './policy-file.js';

const marketingLaw = z.record(
  z.string().regex(/^[A-Z]{2}$/, 'must be a code of ISO 3166-1 alpha-2'),
  z.strictObject({
    consent: z.enum(['opt-in', 'opt-out'], 'must be "opt-in" or "opt-out"'),
    source: z.string().min(1, 'must name the law'),
  }),
);

/** The countries (ISO 3166-1 alpha-2) where marketing needs no consent. Throws PolicyFileError with every fault of the file. */
export async function loadOptOutCountries(path: string): Promise<string[]> {
  const law = await readPolicyFile(path, marketingLaw);
  return Object.keys(law).filter((country) => law[country]!.consent === 'opt-out');
}
