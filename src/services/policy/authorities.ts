// The supervisory authority of a person's country, for complaints (GDPR, Article 77). An authority that the applicable law names,
// such as a state's attorney general, takes precedence.
import { z } from 'zod';
import { dayOfReading } from '../../lib/day-of-reading.js';
import { readPolicyFile } from '../../lib/policy-file.js';

export const authority = z.strictObject({
  name: z.string().min(1, 'must not be empty'),
  url: z.url({ protocol: /^https$/, error: 'must be a URL that starts with https://' }),
});

const listed = authority.extend({
  source: z.string().min(1, 'must name where it comes from'),
  readOn: dayOfReading,
  note: z.string().min(1, 'must not be empty').optional(),
});

const authoritiesFile = z.strictObject({
  elsewhere: listed,
  countries: z.record(z.string().regex(/^[A-Z]{2}$/, 'must be a code of ISO 3166-1 alpha-2'), listed),
});

export type Authority = z.infer<typeof authority>;

export class Authorities {
  constructor(private readonly file: z.infer<typeof authoritiesFile>) {}

  /** `country`: ISO 3166-1 alpha-2, or null if unknown. */
  of(country: string | null): Authority {
    return this.file.countries[country ?? ''] ?? this.file.elsewhere;
  }

  /** The authority for a request to which this law applies. */
  ofRequest(law: { readonly authority?: Authority | null | undefined }, country: string | null): Authority {
    return law.authority ?? this.of(country);
  }
}

/** Throws PolicyFileError with every error of the table. */
export async function loadAuthorities(path: string): Promise<Authorities> {
  return new Authorities(await readPolicyFile(path, authoritiesFile));
}
