// The supervisory authority of a person's country: whom they complain to (GDPR, Article 77), by a table.
import { z } from 'zod';
import { readPolicyFile } from '../policy-file.js';

const authority = z.strictObject({
  name: z.string().min(1, 'must not be empty'),
  url: z.url({ protocol: /^https$/, error: 'must be a URL that starts with https://' }),
});

const authoritiesFile = z.strictObject({
  source: z.string().min(1, 'must name where the list comes from'),
  elsewhere: authority,
  countries: z.record(z.string().regex(/^[A-Z]{2}$/, 'must be a code of ISO 3166-1 alpha-2'), authority),
});

export type Authority = z.infer<typeof authority>;

export class Authorities {
  constructor(private readonly file: z.infer<typeof authoritiesFile>) {}

  /** `country`: ISO 3166-1 alpha-2, or null when it is not known. */
  of(country: string | null): Authority {
    return this.file.countries[country ?? ''] ?? this.file.elsewhere;
  }
}

/** Throws PolicyFileError with every fault of the table. */
export async function loadAuthorities(path: string): Promise<Authorities> {
  return new Authorities(await readPolicyFile(path, authoritiesFile));
}
