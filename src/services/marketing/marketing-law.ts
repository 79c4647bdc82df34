// What the law requires of marketing mails, by country of residence: consent, or a mark in the subject. Countries that are not
// in the file require consent.
import { z } from 'zod';
import { dayOfReading } from '../../lib/day-of-reading.js';
import { readPolicyFile } from '../../lib/policy-file.js';

const marketingLaw = z.record(
  z.string().regex(/^[A-Z]{2}$/, 'must be a code of ISO 3166-1 alpha-2'),
  z.strictObject({
    consent: z.enum(['opt-in', 'opt-out'], 'must be "opt-in" or "opt-out"'),
    /** What the law requires at the beginning of an advertisement's subject. */
    subjectMark: z.string().min(1, 'must not be empty').optional(),
    source: z.string().min(1, 'must name the law'),
    /** The day on which the source was last compared with this entry. */
    readOn: dayOfReading,
  }),
);

/** The countries (ISO 3166-1 alpha-2) where marketing needs no consent. Throws PolicyFileError with every error of the file. */
export async function loadOptOutCountries(path: string): Promise<string[]> {
  const law = await readPolicyFile(path, marketingLaw);
  return Object.keys(law).filter((country) => law[country]!.consent === 'opt-out');
}

/** The beginning of an advertisement's subject, by the recipient's country (ISO 3166-1 alpha-2). Throws PolicyFileError. */
export async function loadSubjectMarks(path: string): Promise<ReadonlyMap<string, string>> {
  const law = await readPolicyFile(path, marketingLaw);
  return new Map(
    Object.entries(law).flatMap(([country, { subjectMark }]) =>
      subjectMark === undefined ? [] : [[country, subjectMark] as const],
    ),
  );
}
