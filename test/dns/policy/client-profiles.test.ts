import { describe, expect, it } from 'vitest';
import { ClientProfiles, IPV4, IPV6 } from '../../../src/dns/policy/client-profiles.js';

const REGIONS = Array.from({ length: 300 }, (_, index) => `r${index}`);
const SERVICES = Array.from({ length: 40 }, (_, index) => `s${index}`);
const numbered = (ids: readonly string[]) => new Map(ids.map((id, index) => [id, index]));

function profiles(texts: readonly string[] = []): ClientProfiles {
  const made = new ClientProfiles({ regions: numbered(REGIONS), services: numbered(SERVICES) });
  made.useAll(texts);
  return made;
}

/** What a profile chooses for no service and for each. */
function chosen(from: ClientProfiles, number: number): string[] {
  return [-1, ...SERVICES.keys()].map((service) => {
    const region = from.region(number, service);
    return region < 0 ? '-' : REGIONS[region]!;
  });
}

describe('profiles by their numbers', () => {
  it.each([0, 1, 6, 7, 8, 40])(
    'have the region of each of %i services, and one region for all else',
    (count) => {
      const regionOf = (index: number) => REGIONS[299 - index]!;
      const pairs = SERVICES.slice(0, count).map((service, index) => `${service}=${regionOf(index)}`);
      const from = profiles(['', '', ['4', 'r7', ...pairs.toSorted()].join(';')]);
      expect(chosen(from, 2)).toEqual([
        'r7',
        ...SERVICES.map((_, index) => (index < count ? regionOf(index) : 'r7')),
      ]);
      expect(from.families(2)).toBe(IPV4);
    },
  );

  it('leave out what the catalogue does not have', () => {
    const from = profiles(['46;gone;s1=r1;s2=gone;unheard=r2']);
    expect(chosen(from, 0)).toEqual(['-', '-', 'r1', ...SERVICES.slice(2).map(() => '-')]);
  });

  it('have all families and no choice where a number has no readable profile', () => {
    const from = profiles(['', 'us', '4;r1;r1', '6;r1']);
    for (const number of [0, 1, 2, 4, 500, 65_535]) {
      expect(from.families(number)).toBe(IPV4 | IPV6);
      expect(chosen(from, number).every((region) => region === '-')).toBe(true);
    }
    expect(from.families(3)).toBe(IPV6);
  });

  it('are those that the numbers had last, one by one and all at once', () => {
    const from = profiles();
    const many = SERVICES.map((service) => `${service}=r1`)
      .toSorted()
      .join(';');
    const texts = Array.from(
      { length: 1000 },
      (_, number) => `4;r${number % 300};${number % 2 === 0 ? many : 's3=r2'}`,
    );
    for (const [number, text] of texts.entries()) from.use(number, text);
    const whole = profiles(texts);
    for (const number of texts.keys()) expect(chosen(from, number)).toEqual(chosen(whole, number));
    from.use(500, '6;-');
    expect(chosen(from, 500).every((region) => region === '-')).toBe(true);
    expect(from.families(500)).toBe(IPV6);
    from.useAll(['4;r1']);
    expect(from.region(0, 3)).toBe(1);
    expect(from.region(998, 3)).toBe(-1);
  });
});
