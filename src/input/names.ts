// What somebody may call themselves, of all that can stand in a mail of ours: words that no mail program makes a link,
// a telephone number or an address of.

import { textError } from './text.js';
import type { UserError } from './user-error.js';

/** Unicode code points. */
const MAX_NAME_CHARACTERS = 60;
/** More of them could be a telephone number, which mail programs make a link of. */
const MAX_DIGITS = 4;

/** Letters with their marks, digits, and spaces and marks that names have: none is a quotation mark, and none is `/`, `:` or `@`. */
const ALPHABET = /^[\p{L}\p{M}\p{Nd} '’\-‐_&(),+·・.]+$/u;
/** What no reader sees, though Unicode calls some of it letters or marks (UAX #44, Default_Ignorable_Code_Point). */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** A full stop stands at the end of a word alone, as in `Inc.`: within one it makes a domain. */
const DOT_WITHIN = /\.[^ ),]/u;
const WEB = /(^|[^\p{L}])www([^\p{L}]|$)/iu;
/** No script stacks more marks on one letter; what does so hides the lines around it. */
const STACKED_MARKS = /\p{M}{4}/u;

/** Whether the text can stand in a mail as somebody's name. */
export function isName(text: string): boolean {
  // Compatibility forms, such as of full width, are judged by what a mail program may take them for.
  return text.length <= 4 * MAX_NAME_CHARACTERS && [text, text.normalize('NFKC')].every(isPlainName);
}

/** `name`: without white space around it; null is no name, which is no user error. Bounded before it is looked through. */
export function nameError(name: string | null, field: string): UserError | null {
  if (name === null) return null;
  if (name.length > 4 * MAX_NAME_CHARACTERS) return { field, code: 'TEXT_TOO_LONG' };
  const userError = textError(name, field, MAX_NAME_CHARACTERS);
  return userError ?? (isName(name) ? null : { field, code: 'INVALID_NAME' });
}

/** As `nameError`, but there must be a name. */
export function requiredNameError(name: string | null, field: string): UserError | null {
  return name === null ? { field, code: 'TEXT_REQUIRED' } : nameError(name, field);
}

function isPlainName(text: string): boolean {
  return (
    [...text].length <= MAX_NAME_CHARACTERS &&
    ALPHABET.test(text) &&
    !INVISIBLE.test(text) &&
    !DOT_WITHIN.test(text) &&
    !WEB.test(text) &&
    !STACKED_MARKS.test(text) &&
    (text.match(/\p{Nd}/gu)?.length ?? 0) <= MAX_DIGITS
  );
}
