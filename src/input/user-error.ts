// What a person can correct in their input, and the outcome of what may be refused for it.
import type { UserErrorCode } from '../lib/error-codes.js';

export type { UserErrorCode };

export interface UserError {
  /** Dotted path from the input object, such as `entries.3.prefix`; null when the error belongs to no single field. */
  readonly field: string | null;
  readonly code: UserErrorCode;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly userErrors: readonly UserError[] };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refused(...userErrors: readonly UserError[]): {
  ok: false;
  userErrors: readonly UserError[];
} {
  return { ok: false, userErrors };
}
