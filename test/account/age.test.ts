import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agesFile } from '../../src/config/policy.js';
import { PolicyFileError } from '../../src/lib/policy-file.js';
import { loadAges } from '../../src/services/account/age.js';
import { read } from '../repo/source-files.js';

/** What Node's ICU names beyond ISO 3166-1: reserved codes, user-assigned ones, and groups of countries. */
const NOT_ASSIGNED = [
  'AC',
  'CP',
  'CQ',
  'DG',
  'EA',
  'EU',
  'EZ',
  'IC',
  'QO',
  'TA',
  'UN',
  'XA',
  'XB',
  'XK',
  'ZZ',
];

/** All codes of countries that Node knows, those that are gone (such as SU) left out. */
function countryCodes(): string[] {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  return letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => names.of(code) !== undefined && !NOT_ASSIGNED.includes(code))
    .filter((code) => Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`);
}

describe('the table of ages', () => {
  it('has every country of ISO 3166-1, and no other, in order', async () => {
    const listed = Object.keys(JSON.parse(read('policy/ages.json')) as object);
    expect(listed).toHaveLength(249);
    expect(listed).toEqual(countryCodes());
  });

  it('asks for the age of majority where it is greater than eighteen', async () => {
    const ages = await loadAges(agesFile);
    const greater = ['DZ', 'KR', 'CA', 'NZ', 'TH', 'EG', 'SG', 'US', 'PR', 'MZ'];
    expect(greater.map((country) => ages.requiredAge(country))).toEqual([
      19, 19, 19, 20, 20, 21, 21, 21, 21, 21,
    ]);
    expect(['DE', 'GB', 'JP', 'AE'].map((country) => ages.requiredAge(country))).toEqual([18, 18, 18, 18]);
  });

  it('asks for what the law of the state or province says, and for the greatest of all where none is named', async () => {
    const ages = await loadAges(agesFile);
    const asked = (country: string, subdivision: string | null) =>
      ages.rule(country, subdivision)?.requiredAge ?? null;
    const states = ['MS', 'PR', 'AL', 'NE', 'CA', 'DC', null];
    expect(states.map((state) => asked('US', state))).toEqual([21, 21, 19, 19, 18, 18, 21]);
    expect(['BC', 'ON', null].map((province) => asked('CA', province))).toEqual([19, 18, 19]);
    expect(['', 'ca', 'ON', 'US-CA', 'constructor'].map((state) => asked('US', state))).toEqual(
      Array(5).fill(null),
    );
    expect(asked('DE', 'BY')).toBe(18);
    expect(['US', 'CA', 'TH', 'XX'].map((country) => ages.leastRequiredAge(country))).toEqual([
      18,
      18,
      20,
      null,
    ]);
  });

  it('has every state, district, outlying area and province of ISO 3166-2, areas alike as countries', async () => {
    const ages = await loadAges(agesFile);
    expect(ages.rule('US')?.subdivisions).toHaveLength(57);
    expect(ages.rule('CA')?.subdivisions).toHaveLength(13);
    for (const area of ['AS', 'GU', 'MP', 'PR', 'UM', 'VI']) {
      const { ageOfMajority, source } = ages.rule(area)!;
      expect(ages.rule('US', area)).toMatchObject({ ageOfMajority, source });
    }
  });

  it('knows no country by another name than its code', async () => {
    const ages = await loadAges(agesFile);
    expect(['', 'us', 'USA', 'XK', 'ZZ', 'constructor'].map((country) => ages.requiredAge(country))).toEqual(
      Array(6).fill(null),
    );
  });

  describe('that someone has edited', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ages-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    const load = async (content: unknown) => {
      const file = join(folder, 'ages.json');
      await writeFile(file, JSON.stringify(content));
      return loadAges(file);
    };

    it('asks for eighteen where the law asks for less', async () => {
      const ages = await load({ XX: { age: 16, source: 'a law', readOn: '2026-11-27' } });
      expect(ages.rule('XX')).toEqual({
        country: 'XX',
        subdivision: null,
        subdivisions: [],
        ageOfMajority: 16,
        requiredAge: 18,
        source: 'a law',
      });
    });

    it('is refused where its subdivisions contradict it', async () => {
      const half = (codes: string[], age: number) => ({ codes, age, source: 'a law' });
      const law = { age: 18, source: 'a law', readOn: '2026-11-27' };
      await expect(
        load({
          XX: { ...law, subdivisions: [half(['AA'], 18), half(['BB'], 19)] },
          YY: { ...law, subdivisions: [half(['AA'], 18), half(['AA'], 16)] },
          ZZ: { ...law, subdivisions: [half(['A1'], 18)] },
        }),
      ).rejects.toMatchObject({
        errors: [
          'ages.json: XX.age: must be the greatest age of the subdivisions',
          'ages.json: YY.subdivisions: must name each subdivision once',
          'ages.json: ZZ.subdivisions[0].codes[0]: must be the second half of a code of ISO 3166-2',
        ],
      });
    });

    it('is refused, and the error lists all errors with their places', async () => {
      const error = await load({
        XX: { age: 18.5, source: '', readOn: '2026-02-30' },
        YY: { age: 3, source: 'a law', readOn: '2026-11-27' },
        zz: {},
      }).then(
        () => expect.unreachable('it was accepted'),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(PolicyFileError);
      expect((error as PolicyFileError).errors).toEqual([
        'ages.json: XX.age: must be a whole number of years',
        'ages.json: XX.source: must name a source',
        'ages.json: XX.readOn: must be a day: YYYY-MM-DD',
        'ages.json: YY.age: must be from 14 to 25 years',
        'ages.json: zz: must be two capital letters (ISO 3166-1 alpha-2)',
      ]);
    });
  });
});
