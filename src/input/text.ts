// What people write about themselves: texts of bounded length without control characters and without card numbers.
import { holdsCardNumber } from './card-number.js';
import type { UserError } from './user-error.js';

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** The text without white space around it; null when nothing is left of it. */
export function written(text: string | null | undefined): string | null {
  return text?.trim() || null;
}

/** `max`: Unicode code points. Null is no text, which is no user error. */
export function textError(text: string | null, field: string, max: number): UserError | null {
  if (text === null) return null;
  if (isLongerThan(text, max)) return { field, code: 'TEXT_TOO_LONG' };
  if (CONTROL.test(text)) return { field, code: 'INVALID_TEXT' };
  return holdsCardNumber(text) ? { field, code: 'CARD_NUMBER' } : null;
}

/** As `textError`, of a text that may have lines. */
export function linesError(text: string | null, field: string, max: number): UserError | null {
  const isBounded = text !== null && !isLongerThan(text, max);
  return textError(isBounded ? text.replace(/[\r\n\t]/g, ' ') : text, field, max);
}

/** `max`: Unicode code points. A longer string costs no more work than one of that length. */
export function isLongerThan(text: string, max: number): boolean {
  return text.length > max * 2 || (text.length > max && [...text].length > max);
}

/** As `textError`, but there must be a text. */
export function requiredTextError(text: string | null, field: string, max: number): UserError | null {
  return text === null ? { field, code: 'TEXT_REQUIRED' } : textError(text, field, max);
}
