// What people write about themselves: texts of bounded length without control characters and without card numbers.
import { holdsCardNumber } from './card-number.js';
import type { Fault } from './fault.js';

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** The text without white space around it; null when nothing is left of it. */
export function written(text: string | null | undefined): string | null {
  return text?.trim() || null;
}

/** `max`: Unicode code points. Null is no text, which is no fault. */
export function textFault(text: string | null, field: string, max: number): Fault | null {
  if (text === null) return null;
  if ([...text].length > max) return { field, code: 'TEXT_TOO_LONG' };
  if (CONTROL.test(text)) return { field, code: 'INVALID_TEXT' };
  return holdsCardNumber(text) ? { field, code: 'CARD_NUMBER' } : null;
}

/** As `textFault`, but there must be a text. */
export function requiredTextFault(text: string | null, field: string, max: number): Fault | null {
  return text === null ? { field, code: 'TEXT_REQUIRED' } : textFault(text, field, max);
}
