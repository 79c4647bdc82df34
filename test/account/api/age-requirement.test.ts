import { getNamedType, isInputObjectType, isObjectType } from 'graphql';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { AgeRequirement } from '../../../client/index.js';
import { buildOpenSchema } from '../../../src/resolvers/build-schema.js';
import { useGateway } from '../../support/fixtures.js';

describe('ageRequirement', () => {
  const gateway = useGateway();

  const ageRequirement = async (country: string, subdivision?: string | null) =>
    (await gateway.ask(AgeRequirement, { country, ...(subdivision !== undefined && { subdivision }) })).data
      .ageRequirement;

  it('returns the required age of a country and its source, to anyone', async () => {
    expect(await ageRequirement('TH')).toEqual({
      country: 'TH',
      subdivision: null,
      subdivisions: [],
      requiredAge: 20,
      ageOfMajority: 20,
      source: 'Civil and Commercial Code s. 19',
    });
  });

  it('takes the code in lower case', async () => {
    expect((await ageRequirement(' us '))?.requiredAge).toBe(21);
    expect((await ageRequirement(' us ', ' ca '))?.requiredAge).toBe(18);
  });

  it('returns the age of a state or province where it differs by that, and which ones there are', async () => {
    const whole = await ageRequirement('CA');
    expect(whole).toMatchObject({ requiredAge: 19, subdivision: null });
    expect(whole?.subdivisions).toEqual([
      'AB',
      'BC',
      'MB',
      'NB',
      'NL',
      'NS',
      'NT',
      'NU',
      'ON',
      'PE',
      'QC',
      'SK',
      'YT',
    ]);
    expect(await ageRequirement('CA', 'ON')).toMatchObject({ requiredAge: 18, subdivision: 'ON' });
    expect(await ageRequirement('CA', null)).toEqual(whole);
    expect(await ageRequirement('CA', 'MS')).toBeNull();
    expect(await ageRequirement('DE', 'BY')).toMatchObject({ requiredAge: 18, subdivision: null });
  });

  it.each(['', 'XX', 'Germany', 'DEU'])('is null for %j, which is no country', async (country) => {
    expect(await ageRequirement(country)).toBeNull();
  });

  it('is all that the product has to do with age: nobody is asked when they were born, and it is kept nowhere', async () => {
    const schema = buildOpenSchema();
    const inputs = Object.values(schema.getTypeMap()).flatMap((type) => {
      if (isInputObjectType(type)) return Object.values(type.getFields());
      return isObjectType(type) ? Object.values(type.getFields()).flatMap((field) => [...field.args]) : [];
    });
    const aged = inputs.filter(({ name }) =>
      words(name).some((word) => ['birth', 'birthday', 'born', 'dob'].includes(word)),
    );
    expect(aged.map(({ name }) => name)).toEqual([]);
    const ages = inputs.filter(({ name }) => words(name).includes('age'));
    // A statement that one is at least so old: neither a date nor anybody's exact age.
    expect(
      ages.filter(({ name, type }) => name !== 'attestedAge' || getNamedType(type).name !== 'Int'),
    ).toEqual([]);

    const client = new pg.Client({ connectionString: gateway.database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    await client.end();
    const kept = rows.filter(({ name }) =>
      words(name).some((word) => ['age', 'birth', 'birthday', 'born', 'dob'].includes(word)),
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(kept).toEqual([]);
  });
});

/** The words of a name in camel case or with underscores, in lower case. */
function words(name: string): string[] {
  return name.split(/_|(?=[A-Z])/).map((word) => word.toLowerCase());
}
