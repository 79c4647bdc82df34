// What people say of themselves: a name, the language of their mails, the country that they live in.

import type { DataSource } from 'typeorm';
import type { Statements } from '../../db/statements.js';
import { isUserError } from '../../input/listing.js';
import { nameError } from '../../input/names.js';
import { written } from '../../input/text.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import type { Locale } from '../../lib/locale.js';
import { ACCOUNT_COLUMNS, type AccountView } from './account.js';
import type { AgeService } from './age.js';

/** What is absent stays as it is. */
export interface ProfilePatch {
  /** Null: no name. */
  readonly name?: string | null;
  readonly locale?: Locale;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** Of the new country: the second half of a code of ISO 3166-2. It decides the age that counts, and is not stored. */
  readonly subdivision?: string;
  /** "I am at least so many years old"; needed for a country that asks for more years than the last one did. */
  readonly attestedAge?: number;
}

const UPDATE = {
  name: 'profile-update',
  text: `UPDATE account SET version = version + 1,
       name = CASE WHEN $3 THEN $4 ELSE name END,
       locale = coalesce($5, locale),
       country = coalesce($6, country)
     WHERE id = $1 AND version = $2 RETURNING ${ACCOUNT_COLUMNS}`,
};

export class ProfileService {
  constructor(
    private readonly database: DataSource,
    private readonly writes: Statements,
    private readonly ages: AgeService,
  ) {}

  /** `version`: that of the profile as the writer read it; when it has another by now, nothing changes: CONFLICT. */
  async update(accountId: string, version: number, patch: ProfilePatch): Promise<Outcome<AccountView>> {
    const name = patch.name === undefined ? undefined : written(patch.name);
    const country = patch.country === undefined ? undefined : countryCode(patch.country);
    const userErrors = [
      nameError(name ?? null, 'name'),
      country === undefined ? null : await this.moveError(accountId, version, { ...patch, country }),
    ].filter(isUserError);
    if (userErrors.length > 0) return refused(...userErrors);
    // The version makes sure that what was read for the country still holds.
    const [row] = await this.writes.run<AccountView>(UPDATE, [
      accountId,
      version,
      name !== undefined,
      name ?? null,
      patch.locale ?? null,
      country ?? null,
    ]);
    return row === undefined ? refused({ field: 'version', code: 'CONFLICT' }) : done(row);
  }

  private async moveError(
    accountId: string,
    version: number,
    { country, subdivision, attestedAge = 0 }: ProfilePatch & { readonly country: string },
  ): Promise<UserError | null> {
    const [read] = await this.database.query<{ country: string | null }[]>(
      'SELECT country FROM account WHERE id = $1 AND version = $2',
      [accountId, version],
    );
    if (read === undefined) return { field: 'version', code: 'CONFLICT' };
    // A form that sends the country as it was moves nobody.
    if (country === read.country && subdivision === undefined) return null;
    // In which state they lived is not stored: they have stated what the least strict of them asks for, at least.
    const known = read.country === null ? null : this.ages.leastRequiredAge(read.country);
    const to = { country, subdivision: subdivisionCode(subdivision) };
    return residenceError(this.ages, to, Math.max(attestedAge, known ?? 0));
  }
}

/** In capitals, as ISO 3166-1 alpha-2 has it. */
export function countryCode(text: string): string {
  return text.trim().toUpperCase();
}

/** In capitals, as the second halves of ISO 3166-2's codes are; null where none was named. */
export function subdivisionCode(text: string | null | undefined): string | null {
  return text?.trim().toUpperCase() ?? null;
}

export function countryError(ages: AgeService, country: string): UserError | null {
  return ages.requiredAge(country) === null ? { field: 'country', code: 'UNKNOWN_COUNTRY' } : null;
}

interface Residence {
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly country: string;
  /** The second half of a code of ISO 3166-2, in capitals; null where none was named. */
  readonly subdivision: string | null;
}

/** Whether somebody who says that they are at least so old may have an account there. */
export function residenceError(
  ages: AgeService,
  { country, subdivision }: Residence,
  attestedAge: number,
): UserError | null {
  const least = ages.leastRequiredAge(country);
  if (least === null) return { field: 'country', code: 'UNKNOWN_COUNTRY' };
  const rule = ages.rule(country, subdivision);
  if (rule === null) return { field: 'subdivision', code: 'UNKNOWN_SUBDIVISION' };
  if (attestedAge >= rule.requiredAge) return null;
  // Old enough for some of the country's subdivisions: the one that was not named decides.
  const undecided = rule.subdivision === null && attestedAge >= least;
  return undecided
    ? { field: 'subdivision', code: 'SUBDIVISION_NEEDED' }
    : { field: 'attestedAge', code: 'AGE_TOO_LOW' };
}
