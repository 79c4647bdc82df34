// Finds payment card numbers in what people type, so that none is ever stored: payment is the processor's business.
import cardValidator from 'card-validator';

/** ISO/IEC 7812-1: a card number has 12 to 19 digits in use today. */
const SHORTEST = 12;
const LONGEST = 19;
/** ITU-T E.164: the longest telephone number, without its plus sign. */
const LONGEST_TELEPHONE_NUMBER = 15;

/** Digits of any script, with whatever people and programs put between groups of them. */
const RUN = /\+?\p{Nd}(?:[\s\p{Pd}\p{Cf}.,/_·•*]{0,3}\p{Nd})*/gu;

/**
 * Whether the text holds a card number: its digits together or in groups, in any script, within other text. A number
 * counts that an issuer may have given out (its first digits, its length) and whose check digit is right (ISO/IEC 7812-1
 * annex B). A telephone number with its plus sign does not.
 */
export function holdsCardNumber(text: string): boolean {
  return (text.normalize('NFKC').match(RUN) ?? []).some(runHoldsCardNumber);
}

/** A card number begins where a group of digits begins, and ends where one ends. */
function runHoldsCardNumber(run: string): boolean {
  const groups = (run.match(/\p{Nd}+/gu) ?? []).map(inAscii);
  for (let start = 0; start < groups.length; start += 1) {
    const mayBeTelephone = start === 0 && run.startsWith('+');
    let digits = '';
    for (let end = start; end < groups.length && digits.length < LONGEST; end += 1) {
      digits += groups[end];
      const isTelephone = mayBeTelephone && digits.length <= LONGEST_TELEPHONE_NUMBER;
      if (!isTelephone && isCardNumber(digits)) return true;
    }
  }
  return false;
}

function isCardNumber(digits: string): boolean {
  if (digits.length < SHORTEST || digits.length > LONGEST) return false;
  return cardValidator.number(digits, { luhnValidateUnionPay: true }).isValid;
}

function inAscii(digits: string): string {
  return [...digits].map(digitValue).join('');
}

/** Unicode has the digits of a script next to each other, from zero to nine, so that a row of them is a multiple of ten. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0)!;
  let first = point;
  while (isDigit(first - 1)) first -= 1;
  return (point - first) % 10;
}

function isDigit(point: number): boolean {
  return /^\p{Nd}$/u.test(String.fromCodePoint(point));
}
