import fc from 'fast-check';
import { getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildOpenSchema } from '../../src/schema/build-schema.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const SERVICE_QUALITY = `query ($from: Date!, $to: Date!) {
  serviceQuality(from: $from, to: $to) { day location { id name country } provider accounts failed }
}`;

describe('serviceQuality', () => {
  let gateway: TestGateway;
  let token: string;
  beforeAll(async () => {
    gateway = await startTestGateway();
    token = await gateway.support();
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.query('TRUNCATE service_quality'));

  const ask = (from: string, to: string, as = token) =>
    gateway.call({ query: SERVICE_QUALITY, variables: { from, to }, token: as });
  const write = (
    ...cell: [day: string, location: string, provider: number, accounts: number, failed: number]
  ) => gateway.query('INSERT INTO service_quality VALUES ($1, $2, $3, $4, $5)', cell);

  it('tells accounts and failures by day, location and provider, in that order', async () => {
    await write('2026-02-02', 'us-new-york', 64496, 40, 0);
    await write('2026-02-01', 'us-new-york', 3320, 60, 20);
    await write('2026-02-01', 'us-new-york', 0, 100, 100);
    await write('2026-02-01', 'de-frankfurt', 3320, 20, 0);
    await write('2026-01-31', 'de-frankfurt', 3320, 20, 0);
    await write('2026-02-03', 'de-frankfurt', 3320, 20, 0);
    const frankfurt = { id: 'de-frankfurt', name: 'Frankfurt', country: 'DE' };
    const newYork = { id: 'us-new-york', name: 'New York', country: 'US' };
    const { data } = await ask('2026-02-01', '2026-02-02', await gateway.admin());
    expect(data.serviceQuality).toEqual([
      { day: '2026-02-01', location: frankfurt, provider: 3320, accounts: 20, failed: 0 },
      { day: '2026-02-01', location: newYork, provider: 0, accounts: 100, failed: 100 },
      { day: '2026-02-01', location: newYork, provider: 3320, accounts: 60, failed: 20 },
      { day: '2026-02-02', location: newYork, provider: 64496, accounts: 40, failed: 0 },
    ]);
  });

  it('tells a location that is no longer offered', async () => {
    await write('2026-02-01', 'xx-atlantis', 0, 20, 0);
    const location = { id: 'xx-atlantis', name: 'xx-atlantis', country: 'XX' };
    expect((await ask('2026-02-01', '2026-02-01')).data.serviceQuality).toMatchObject([{ location }]);
  });

  it.each([
    ['days in the wrong order', '2026-02-02', '2026-02-01'],
    ['401 days', '2025-01-01', '2026-02-05'],
  ])('refuses %s', async (_what, from, to) => {
    const { errors } = await ask(from, to);
    expect(errors?.map((error) => [error.extensions?.code, error.message])).toEqual([
      ['BAD_USER_INPUT', 'from and to must span from 1 to 400 days.'],
    ]);
  });

  it('takes 400 days', async () => {
    expect((await ask('2025-01-01', '2026-02-04')).errors).toBeUndefined();
  });

  describe('says nothing about fewer than 20 people', () => {
    it('has no other way to the same numbers: one field, two days, no filter and no total', () => {
      const types = Object.values(buildOpenSchema().getTypeMap()).filter(isObjectType);
      const ways = types.flatMap((type) =>
        Object.values(type.getFields())
          .filter((field) => getNamedType(field.type).name === 'ServiceQuality')
          .map((field) => `${type.name}.${field.name}(${field.args.map(({ name }) => name)}): ${field.type}`),
      );
      expect(ways).toEqual(['Query.serviceQuality(from,to): [ServiceQuality!]!']);
      const type = types.find(({ name }) => name === 'ServiceQuality');
      const fields = Object.values(type?.getFields() ?? {}).map((field) => `${field.name}: ${field.type}`);
      expect(fields).toEqual([
        'day: Date!',
        'location: VpnLocation!',
        'provider: Int!',
        'accounts: Int!',
        'failed: Int!',
      ]);
    });

    it('whatever numbers anybody tries to write: no sum and no difference of answers is from 1 to 19', async () => {
      const cell = fc.tuple(
        fc.constantFrom('2026-02-01', '2026-02-02'),
        fc.constantFrom('us-new-york', 'de-frankfurt'),
        fc.integer({ min: 0, max: 3 }),
        fc.oneof(
          fc.nat(100),
          fc.nat(10).map((times) => 20 * times),
        ),
        fc.oneof(
          fc.nat(100),
          fc.nat(10).map((times) => 20 * times),
        ),
      );
      const numbers = async () => {
        const { data } = await ask('2026-02-01', '2026-02-02');
        return data.serviceQuality.flatMap((row: { accounts: number; failed: number }) => [
          row.accounts,
          row.failed,
        ]);
      };
      await fc.assert(
        fc.asyncProperty(
          fc.array(cell, { maxLength: 12 }),
          fc.array(cell, { maxLength: 3 }),
          async (first, later) => {
            await gateway.query('TRUNCATE service_quality');
            for (const each of first) await write(...each).catch(() => {});
            const before = await numbers();
            for (const each of later) await write(...each).catch(() => {});
            const told = [0, ...before, ...(await numbers())];
            const pairs = told.flatMap((a) => told.flatMap((b) => [a + b, Math.abs(a - b)]));
            expect(pairs.filter((number) => number >= 1 && number <= 19)).toEqual([]);
          },
        ),
        { numRuns: 20, seed: 20 },
      );
    });
  });
});
