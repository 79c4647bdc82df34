// Values that are wrong, or hardly right, in the place of every argument of a document.
import { GraphQLScalarType, isEnumType } from 'graphql';
import { type MakeLeaf, ordinary } from './hostile.js';

export const UUID = '0190b8a2-7d3c-7c11-8e52-3c5b6f7a8b9c';

/** In the place of every text, id, day and object. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  `${UUID.slice(0, -1)}\u0000`,
  'a\u0000@example.com',
  UUID,
  UUID.toUpperCase(),
  `{${UUID}}`,
  '\ud83d',
  '\u202e\u2028\ufeff',
  "' OR 1=1 --",
  '%00%s%n',
  '__proto__',
  'constructor',
  '0',
  '-1',
  '1e999',
  '[]',
  '{"a":1}',
  'a@example.com',
  '192.0.2.1',
  '::/0',
  'A'.repeat(70_000),
];

const DAYS: readonly string[] = [
  '0000-01-01',
  '0000-02-29',
  '0001-01-01',
  '0999-12-31',
  '9999-12-31',
  '2026-02-29',
  '2024-02-29',
  '-001-01-01',
  '10000-01-01',
];

const NUMBERS: readonly unknown[] = [
  0, -1, 1, 2147483647, -2147483648, 2147483648, 1.5, 1e308, 9007199254740991,
];

/** In the place of any value at all. */
const ANYTHING: readonly unknown[] = [null, true, 0, 1.5, 'x', [], [[]], {}, { a: { b: {} } }, [null]];

/** Each value in the place of every leaf for which it is meant. */
export const MALFORMED_LEAVES: readonly (readonly [string, MakeLeaf])[] = [
  ...TEXTS.map((text) => [JSON.stringify(text.slice(0, 20)), inPlaceOf(['String', 'ID'], text)] as const),
  ...DAYS.map((day) => [day, inPlaceOf(['Date', 'String'], day)] as const),
  ...NUMBERS.map((number) => [String(number), inPlaceOf(['Int', 'Float', 'Megabytes'], number)] as const),
  ...ANYTHING.map((value) => [`${JSON.stringify(value)} everywhere`, () => value] as const),
  ...ANYTHING.map(
    (value) =>
      [
        `${JSON.stringify(value)} as a scalar of ours`,
        inPlaceOf(['JSONObject', 'UsageRows', 'Date', 'Megabytes'], value),
      ] as const,
  ),
  [
    'every enum by its last value',
    (type, path) => (isEnumType(type) ? type.getValues().at(-1)!.name : ordinary(type, path)),
  ],
  ['enums by no value', (type, path) => (isEnumType(type) ? 'NONE' : ordinary(type, path))],
];

function inPlaceOf(names: readonly string[], value: unknown): MakeLeaf {
  return (type, path) =>
    type instanceof GraphQLScalarType && names.includes(type.name) ? value : ordinary(type, path);
}
