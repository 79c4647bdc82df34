// The rows of a usage report, each of which is checked: a wrong row would count for a year.

import { done, type Outcome, refused, type UserError, type UserErrorCode } from '../../input/user-error.js';
import { isUuid } from '../../lib/uuid.js';
import { MAX_MEGABYTES, MAX_PROVIDER, MAX_ROWS, type UsageRow } from '../../usage-reporter/report.js';
import { packRow, ROW } from './packed-rows.js';

/** Operators who repair a node do not need every row that is wrong. */
const MAX_USER_ERRORS = 10;

const FIELDS = 6;

/** The rows packed, in their order; or what is wrong with the first of them. `location`: the only one they may name. */
export function checkRows(rows: readonly unknown[], location: string): Outcome<Buffer> {
  if (rows.length > MAX_ROWS) return refused({ field: 'rows', code: 'TOO_MANY_ROWS' });
  const packed = Buffer.allocUnsafe(rows.length * ROW);
  const userErrors: UserError[] = [];
  for (const [index, row] of rows.entries()) {
    const userError = rowError(row, location);
    if (userError === null) packRow(packed, index * ROW, row as UsageRow);
    else userErrors.push({ field: `rows.${index}${userError.field}`, code: userError.code });
    if (userErrors.length === MAX_USER_ERRORS) break;
  }
  return userErrors.length > 0 ? refused(...userErrors) : done(packed);
}

/** `field` begins with a dot, or is empty when the user error is the whole row's. */
function rowError(row: unknown, location: string): { field: string; code: UserErrorCode } | null {
  if (typeof row !== 'object' || row === null || Object.keys(row).length !== FIELDS) {
    return { field: '', code: 'INVALID_USAGE_ROW' };
  }
  const { handle, country, provider, megabytes, connected } = row as Record<keyof UsageRow, unknown>;
  if (typeof handle !== 'string' || !isUuid(handle)) return { field: '.handle', code: 'INVALID_HANDLE' };
  if ((row as UsageRow).location !== location) return { field: '.location', code: 'OTHER_LOCATION' };
  if (typeof country !== 'string' || !/^[A-Z]{2}$/.test(country)) {
    return { field: '.country', code: 'INVALID_COUNTRY' };
  }
  if (!isWhole(provider, MAX_PROVIDER)) return { field: '.provider', code: 'PROVIDER_OUT_OF_RANGE' };
  if (!isWhole(megabytes, MAX_MEGABYTES)) return { field: '.megabytes', code: 'MEGABYTES_OUT_OF_RANGE' };
  const known = typeof connected === 'boolean' && (connected || megabytes === 0);
  return known ? null : { field: '.connected', code: 'INVALID_CONNECTED' };
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
