import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeKey, encodeKey, isKey, keysWithin, prefixOfKey } from '../../src/allowlist/keys.js';
import { type Prefix, prefixOf } from '../../src/lib/ip.js';
import { anyPrefix, prefix } from './support.js';

describe('the key of a prefix', () => {
  it('has a fixed form', () => {
    expect(encodeKey(prefix('192.0.2.0/24'))).toBe('4c000020018');
    expect(encodeKey(prefix('2001:db8:1:2::/64'))).toBe('620010db800010002000000000000000040');
  });

  it('is decoded to the same prefix', () => {
    fc.assert(
      fc.property(anyPrefix, (each) => {
        const { text, ...words } = each;
        expect(prefixOfKey(encodeKey(each))).toEqual(each);
        expect(decodeKey(encodeKey(each))).toEqual(words);
      }),
    );
  });

  it.each(['', 'epoch', '4c0000201', '4c000020130', '5c000020118', '4C000020118', `6${'0'.repeat(32)}90`])(
    'rejects %j',
    (text) => {
      expect(isKey(text)).toBe(false);
      expect(() => decodeKey(text)).toThrow('malformed');
    },
  );

  it('lies between the bounds of a prefix exactly when it is inside that prefix', () => {
    const inside = (inner: Prefix, outer: Prefix) =>
      inner.family === outer.family &&
      inner.length >= outer.length &&
      prefixOf(inner, outer.length).text === outer.text;
    const pairs = fc.tuple(anyPrefix, anyPrefix, fc.nat(128)).map(([inner, other, length]) => {
      const related = prefixOf(inner, Math.min(length, inner.words.length * 32));
      return [inner, length % 3 === 0 ? other : related] as const;
    });
    fc.assert(
      fc.property(pairs, ([inner, outer]) => {
        const { first, last } = keysWithin(outer);
        const key = encodeKey(inner);
        expect(key >= first && key <= last).toBe(inside(inner, outer));
      }),
      { numRuns: 2000 },
    );
  });
});
