// Profiles of networks as text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodePreferences,
  decodeProfile,
  encodePreferences,
  encodeProfile,
  FAMILIES,
  NO_PREFERENCES,
  type Profile,
} from '../../src/allowlist/profile.js';

const id = fc.stringMatching(/^[a-z0-9]{1,6}(-[a-z0-9]{1,6})?$/);
const profile: fc.Arbitrary<Profile> = fc.record({
  families: fc.constantFrom(...FAMILIES),
  region: fc.option(id),
  serviceRegions: fc.array(fc.tuple(id, id), { maxLength: 8 }).map((pairs) => new Map(pairs)),
});

describe('a profile', () => {
  it('has a short text', () => {
    const serviceRegions = new Map([
      ['itvx', 'uk'],
      ['bbc-iplayer', 'uk'],
    ]);
    expect(encodeProfile({ families: '46', region: 'us', serviceRegions })).toBe(
      '46;us;bbc-iplayer=uk;itvx=uk',
    );
    expect(encodeProfile({ families: '4', ...NO_PREFERENCES })).toBe('4;-');
  });

  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(profile, (one) => {
        expect(decodeProfile(encodeProfile(one))).toEqual(one);
        const { families: _, ...preferences } = one;
        expect(decodePreferences(encodePreferences(one))).toEqual(preferences);
      }),
    );
  });

  it('has one text, whatever the order of its services', () => {
    fc.assert(
      fc.property(profile, (one) => {
        const reversed = { ...one, serviceRegions: new Map([...one.serviceRegions].reverse()) };
        expect(encodeProfile(reversed)).toBe(encodeProfile(one));
      }),
    );
  });

  it.each([
    '',
    'us',
    '4',
    '4;',
    '5;us',
    '64;us',
    '4;us;',
    '4;us;itvx',
    '4;us;itvx=',
    '4;US',
    '4;us itvx=uk',
    '4;us;-=uk',
  ])('is not read from %j', (text) => {
    expect(decodeProfile(text)).toBeNull();
  });

  it('has no text when a region is no id', () => {
    expect(() => encodeProfile({ families: '4', region: 'u s', serviceRegions: new Map() })).toThrow(
      RangeError,
    );
  });
});
