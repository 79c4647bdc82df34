// What an entry of the allowlist may hold, for customers and admins: an address or prefix, a region, a label, a last day.

import type { Catalogue } from '../catalogue/catalogue.js';
import { type Day, today } from '../lib/calendar.js';
import { isPublic, type Prefix } from '../lib/ip.js';
import { holdsCardNumber } from './card-number.js';
import { isLongerThan } from './text.js';
import type { UserError } from './user-error.js';

const MAX_LABEL_CHARACTERS = 64;
const MAX_YEARS = 5;

/** What the rules depend on: the catalogue as it is now, and the configuration. */
export interface ListingRules {
  readonly catalogue: () => Catalogue;
  readonly allowPrivateAddresses: boolean;
}

/** `field` is the path that a user error names. */
export function addressError(rules: ListingRules, prefix: Prefix, field: string | null): UserError | null {
  const allowed = rules.allowPrivateAddresses || isPublic(prefix);
  return allowed ? null : { field, code: 'ADDRESS_NOT_PUBLIC' };
}

export function regionError(rules: ListingRules, region: string, field: string): UserError | null {
  const known = rules.catalogue().regions.some(({ id }) => id === region);
  return known ? null : { field, code: 'UNKNOWN_REGION' };
}

/** Characters are Unicode code points. */
export function labelError(label: string, field: string): UserError | null {
  if (isLongerThan(label, MAX_LABEL_CHARACTERS)) return { field, code: 'LABEL_TOO_LONG' };
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(label)) return { field, code: 'INVALID_LABEL' };
  return holdsCardNumber(label) ? { field, code: 'CARD_NUMBER' } : null;
}

/** Null is open-ended. `now`: the current UTC day. */
export function lastDayError(lastDay: Day | null, field: string, now: Day = today()): UserError | null {
  if (lastDay === null) return null;
  const latest = `${Number(now.slice(0, 4)) + MAX_YEARS}${now.slice(4)}`;
  return lastDay < now || lastDay > latest ? { field, code: 'LAST_DAY_OUT_OF_RANGE' } : null;
}

export function isUserError(userError: UserError | null): userError is UserError {
  return userError !== null;
}
