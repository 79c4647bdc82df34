// Finds payment card numbers in what people type, so that none is ever stored: payment is the processor's business.
// The strings come from anyone: the work is a few operations for each character, for every string.
import cardValidator from 'card-validator';

/** ISO/IEC 7812-1: a card number has 12 to 19 digits in use today. */
const SHORTEST = 12;
const LONGEST = 19;
/** ITU-T E.164: the longest telephone number, without its plus sign. */
const LONGEST_TELEPHONE_NUMBER = 15;

/** Digits of any script, with whatever people and programs put between groups of them. */
const RUN = /\+?\p{Nd}(?:[\s\p{Pd}\p{Cf}.,/_·•*]{0,3}\p{Nd})*/gu;

/** The library takes 30 µs for a number: this bounds a text that was made for it to 2 ms. */
const MOST_ASKED = 64;

/** Sorting combining marks takes time that grows with the square of their number. No digit composes with a neighbour. */
const COMPATIBLE_PIECE = /\P{ASCII}{1,32}/gu;

/**
 * Whether the text holds a card number: its digits together or in groups, in any script, within other text. A number
 * counts that an issuer may have given out (its first digits, its length) and whose check digit is right (ISO/IEC 7812-1
 * annex B). A telephone number with its plus sign does not. A text with more than 64 numbers that look like one counts, too.
 */
export function holdsCardNumber(text: string): boolean {
  const compatible = text.replace(COMPATIBLE_PIECE, (piece) => piece.normalize('NFKC'));
  const library = new Library();
  return (compatible.match(RUN) ?? []).some((run) => runHoldsCardNumber(run, library));
}

/** A card number begins where a group of digits begins, and ends where one ends. */
function runHoldsCardNumber(run: string, library: Library): boolean {
  const { digits, begins } = digitsOf(run);
  const sums = new CheckSums(digits);
  const mayBeTelephone = run.startsWith('+');
  for (let start = 0; start + SHORTEST <= digits.length; start += 1) {
    if (!begins[start]) continue;
    const lengths = issuedLengths(digits, start);
    if (lengths === 0) continue;
    const shortest = mayBeTelephone && start === 0 ? LONGEST_TELEPHONE_NUMBER + 1 : SHORTEST;
    for (let length = shortest; length <= LONGEST && start + length <= digits.length; length += 1) {
      const end = start + length;
      const endsGroup = end === digits.length || begins[end]!;
      if (!endsGroup || (lengths & (1 << length)) === 0 || !sums.isMultipleOfTen(start, end)) continue;
      if (library.takesForCardNumber(digits.slice(start, end).join(''))) return true;
    }
  }
  return false;
}

/** `begins`: where a group of digits begins. */
function digitsOf(run: string): { readonly digits: number[]; readonly begins: boolean[] } {
  const digits: number[] = [];
  const begins: boolean[] = [];
  let between = true;
  for (const character of run) {
    const value = digitValue(character);
    if (value !== null) {
      digits.push(value);
      begins.push(between);
    }
    between = value === null;
  }
  return { digits, begins };
}

/** The sums of ISO/IEC 7812-1 annex B, of any part of the digits by one subtraction. */
class CheckSums {
  /** Of the digits before each place: those at even places doubled, and those at odd places doubled. */
  private readonly evenDoubled: number[] = [0];
  private readonly oddDoubled: number[] = [0];

  constructor(digits: readonly number[]) {
    for (const [place, digit] of digits.entries()) {
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
      const isEven = place % 2 === 0;
      this.evenDoubled.push(this.evenDoubled[place]! + (isEven ? doubled : digit));
      this.oddDoubled.push(this.oddDoubled[place]! + (isEven ? digit : doubled));
    }
  }

  /** The last digit stands as it is, the one before it doubled, and so on. */
  isMultipleOfTen(start: number, end: number): boolean {
    const sums = end % 2 === 0 ? this.evenDoubled : this.oddDoubled;
    return (sums[end]! - sums[start]!) % 10 === 0;
  }
}

/** Digits by which `LENGTHS` knows issuers. */
const PREFIX = 4;
const PREFIXES = 10 ** PREFIX;

/** By the first four digits: a bit for each length that a number of some issuer has. */
const LENGTHS = lengthsByPrefix();

/** From the library's own list, so that whatever it takes for a card number passes. */
function lengthsByPrefix(): Uint32Array {
  const { creditCardType } = cardValidator;
  const found = new Uint32Array(PREFIXES);
  for (const type of Object.values(creditCardType.types)) {
    const { patterns, lengths } = creditCardType.getTypeInfo(type);
    const bits = lengths.reduce((sum, length) => sum | (1 << length), 0);
    for (const pattern of patterns) {
      const [least, most] = Array.isArray(pattern) ? (pattern as [number, number]) : [pattern, pattern];
      const last = Number(String(most).padEnd(PREFIX, '9').slice(0, PREFIX));
      const first = Number(String(least).padEnd(PREFIX, '0').slice(0, PREFIX));
      for (let prefix = first; prefix <= last; prefix += 1) found[prefix]! |= bits;
    }
  }
  return found;
}

function issuedLengths(digits: readonly number[], start: number): number {
  let prefix = 0;
  for (let place = start; place < start + PREFIX; place += 1) prefix = prefix * 10 + digits[place]!;
  return LENGTHS[prefix]!;
}

/** The library, asked about one text. */
class Library {
  private asked = 0;

  /** Also when too much was asked: nobody writes so many numbers that an issuer may have given out. */
  takesForCardNumber(digits: string): boolean {
    this.asked += 1;
    if (this.asked > MOST_ASKED) return true;
    return cardValidator.number(digits, { luhnValidateUnionPay: true }).isValid;
  }
}

/** Those that were met: Unicode has some hundred. */
const digitValues = new Map<string, number>();

/** Null when the character is not a digit. */
function digitValue(character: string): number | null {
  if (character >= '0' && character <= '9') return Number(character);
  const known = digitValues.get(character);
  if (known !== undefined) return known;
  const point = character.codePointAt(0)!;
  if (!isDigit(point)) return null;
  const value = (point - firstOfRow(point)) % 10;
  digitValues.set(character, value);
  return value;
}

/** Unicode has the digits of a script next to each other, from zero to nine, so that a row of them is a multiple of ten. */
function firstOfRow(point: number): number {
  let first = point;
  while (isDigit(first - 1)) first -= 1;
  return first;
}

function isDigit(point: number): boolean {
  return /^\p{Nd}$/u.test(String.fromCodePoint(point));
}
