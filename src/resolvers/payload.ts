// The payload of a mutation: what was done, or what must be corrected in the input.
import type { Outcome } from '../input/user-error.js';
import { type UserError, userErrors } from '../schema/user-error.js';

interface Errors {
  readonly userErrors: UserError[];
}

/** `fields`: the fields of the payload besides `userErrors`. They are absent, and so null, when the input was refused. */
export function payload<T, Fields extends object>(
  outcome: Outcome<T>,
  fields: (value: T) => Fields,
): Partial<Fields> & Errors;
export function payload(outcome: Outcome<unknown>): Errors;
export function payload<T>(outcome: Outcome<T>, fields?: (value: T) => object): Errors {
  return outcome.ok
    ? { ...fields?.(outcome.value), userErrors: [] }
    : { userErrors: userErrors(outcome.userErrors) };
}
