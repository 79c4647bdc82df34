import cardValidator from 'card-validator';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { holdsCardNumber } from '../../src/input/card-number.js';

/** First digits of an issuer, and a length that its numbers have. */
const ISSUERS = [
  ['visa', '4532', 16],
  ['visa', '4000', 19],
  ['mastercard', '5555', 16],
  ['mastercard', '2221', 16],
  ['american express', '378', 15],
  ['diners club', '3020', 14],
  ['discover', '6011', 16],
  ['jcb', '3530', 16],
  ['unionpay', '6200', 16],
  ['maestro', '5018', 12],
] as const;

/** Digits that run from zero to nine: ASCII, Arabic-Indic, Devanagari, Bengali, fullwidth, mathematical, Tai Tham. */
const ZEROS = [0x30, 0x660, 0x966, 0x9e6, 0xff10, 0x1d7ce, 0x1a90];

function withCheckDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits + ((10 - (sum % 10)) % 10);
}

const cardNumber = fc
  .tuple(fc.constantFrom(...ISSUERS), fc.array(fc.nat(9), { minLength: 19, maxLength: 19 }))
  .map(([[, prefix, length], digits]) =>
    withCheckDigit(prefix + digits.join('').slice(0, length - prefix.length - 1)),
  );

/** Every part of the text that is made of whole groups of digits and that the library takes for a card number. */
function libraryFindsOne(groups: readonly string[]): boolean {
  return groups.some((_group, start) =>
    groups.some((_last, end) => {
      const digits = groups.slice(start, end + 1).join('');
      const mayBeOne = digits.length >= 12 && digits.length <= 19;
      return mayBeOne && cardValidator.number(digits, { luhnValidateUnionPay: true }).isValid;
    }),
  );
}

/** Groups of digits that often begin as some issuer's numbers do. */
const groups = fc.array(
  fc.oneof(
    fc.constantFrom(
      '4',
      '51',
      '222100',
      '34',
      '36',
      '6011',
      '35',
      '62',
      '650052',
      '81',
      '9792',
      '5018',
      '2200',
    ),
    fc.stringMatching(/^\d{1,6}$/),
  ),
  { maxLength: 12 },
);

/** What makes much work of looking for card numbers. */
const HOSTILE: readonly [string, string][] = [
  ['digits that stand alone', '4 '.repeat(2000)],
  ['zeros, of which any number has the right check digit', '0 '.repeat(2000)],
  ['the beginnings of an issuer', '6500 '.repeat(800)],
  ['one run of digits', '6'.repeat(4000)],
  ['digits of another script', '\u1a90 '.repeat(2000)],
  ['combining marks out of order', '\u0315\u0300'.repeat(2000)],
  ['marks that come of compatible letters', '\uff9e\u0300'.repeat(2000)],
];

const separator = fc.constantFrom('', '', ' ', '-', '.', '\u00a0', '\u2011', '\u200b', ' - ', ' / ');

const typed = fc
  .tuple(cardNumber, fc.constantFrom(...ZEROS), fc.array(separator, { minLength: 19, maxLength: 19 }))
  .map(([digits, zero, separators]) =>
    [...digits]
      .map((digit, index) => String.fromCodePoint(zero + Number(digit)) + separators[index])
      .join('')
      .trim(),
  );

const words = fc
  .array(fc.constantFrom('my card', 'valid until May', 'Straße', 'カード', 'Nr.:', '(', ')'))
  .map((parts) => ` ${parts.join(' ')} `);

describe('a card number', () => {
  it.each([
    ['visa', '4111111111111111'],
    ['mastercard', '5555 5555 5555 4444'],
    ['american express', '3782-822463-10005'],
    ['visa with its date and check code', '4242 4242 4242 4242 12/29 123'],
    ['visa in a sentence', 'Card 4242.4242.4242.4242, please'],
    ['unionpay', '6200 0000 0000 0005'],
    ['visa in Arabic-Indic digits', '٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢'],
    ['visa with a plus sign', '+4111111111111111'],
  ])('is found: %s', (_issuer, text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it('is found in any script, however it is grouped, within any words', () => {
    fc.assert(
      fc.property(words, typed, words, (before, card, after) => {
        expect(holdsCardNumber(before + card + after)).toBe(true);
      }),
    );
  });

  it('is found wherever the library would find one, and nowhere else', () => {
    fc.assert(
      fc.property(groups, (some) => {
        expect(holdsCardNumber(some.join(' '))).toBe(libraryFindsOne(some));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(HOSTILE)('is looked for with few questions to the library in %s', (_what, text) => {
    const asked = vi.spyOn(cardValidator, 'number');
    holdsCardNumber(text);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(64);
    asked.mockRestore();
  });

  it('is supposed in a text with more numbers than anybody writes that only the library can refuse', () => {
    // Discover has none of twelve digits; Maestro, whose numbers begin with 6, too, has.
    const looksLikeOne = withCheckDigit('65001234567');
    expect(holdsCardNumber(looksLikeOne)).toBe(false);
    expect(holdsCardNumber(`${looksLikeOne}; `.repeat(64))).toBe(false);
    expect(holdsCardNumber(`${looksLikeOne}; `.repeat(65))).toBe(true);
  });

  it('is none when one digit is another one', () => {
    fc.assert(
      fc.property(cardNumber, fc.nat(18), fc.integer({ min: 1, max: 9 }), (card, place, more) => {
        const index = place % card.length;
        const changed = (Number(card[index]) + more) % 10;
        expect(holdsCardNumber(card.slice(0, index) + changed + card.slice(index + 1))).toBe(false);
      }),
    );
  });

  it.each([
    ['a telephone number whose check digit happens to be right', '+57 310 123 4561'],
    ['a French SIRET', '732 829 320 00074'],
    ['an IBAN', 'DE89 3704 0044 0532 0130 00'],
    ['a house number and a postal code', 'Hauptstraße 12, 10115 Berlin'],
    ['a date and a number of an order', '2026-11-23 1234567'],
    ['sixteen digits that nobody issues', '1234567890123452'],
    ['zeros', '0000000000000000'],
    ['nothing', ''],
  ])('is not seen in %s', (_what, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  it('is not seen in fewer than twelve digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre((text.normalize('NFKC').match(/\p{Nd}/gu) ?? []).length < 12);
        expect(holdsCardNumber(text)).toBe(false);
      }),
    );
  });
});
