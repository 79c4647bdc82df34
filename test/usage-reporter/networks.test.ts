import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetworkDatabaseError, Networks } from '../../src/usage-reporter/networks.js';
import { type TestFolder, testFolder } from '../cli/run-cli.js';
import { COUNTRIES, writeDatabase } from '../support/mmdb.js';

describe('networks', () => {
  let folder: TestFolder;
  let networks: Networks;
  const file = (name: string) => `${folder.path}/${name}`;
  beforeAll(async () => {
    folder = await testFolder();
    const providers = await writeDatabase(file('providers.mmdb'), {
      '8.8.8.0/24': { autonomous_system_number: 15169, autonomous_system_organization: 'Google LLC' },
      '2001:4860::/32': { autonomous_system_number: 15169 },
      '193.0.0.0/21': { asn: 'AS3333' },
      '198.51.100.0/24': { autonomous_system_number: 2 ** 24 },
    });
    networks = await Networks.open({ countries: COUNTRIES, providers });
  });
  afterAll(() => folder?.remove());

  it.each([
    ['8.8.8.8', { country: 'US', provider: 15169 }],
    ['2001:4860::1', { country: 'US', provider: 15169 }],
    ['193.0.6.139', { country: 'NL', provider: 3333 }],
  ])('are found for %s', (address, network) => {
    expect(networks.of(address)).toEqual(network);
  });

  it.each(['127.0.0.1', '::1', '', 'not an address'])('are unknown for %o', (address) => {
    expect(networks.of(address)).toEqual({ country: 'ZZ', provider: 0 });
  });

  it('have no provider whose number could be an address', () => {
    expect(networks.of('198.51.100.7').provider).toBe(0);
  });

  it('have the country wherever a database puts it', async () => {
    const countries = await writeDatabase(file('countries.mmdb'), {
      '192.0.2.0/24': { country: { iso_code: 'DE' } },
      '198.51.100.0/24': { country_code: 'FR' },
      '203.0.113.0/24': { country: 'JP' },
      '2001:db8::/32': { country: 'a planet' },
    });
    const read = await Networks.open({ countries, providers: countries });
    const addresses = ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1'];
    expect(addresses.map((address) => read.of(address).country)).toEqual(['DE', 'FR', 'JP', 'ZZ']);
  });

  it('cannot be found in a damaged database, and the error has no address', async () => {
    const bytes = await readFile(COUNTRIES);
    const metadata = bytes.lastIndexOf(Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'));
    await writeFile(file('damaged.mmdb'), bytes.fill(0xff, 0, metadata));
    const read = await Networks.open({ countries: file('damaged.mmdb'), providers: COUNTRIES });
    expect(() => read.of('8.8.8.8')).toThrow(new NetworkDatabaseError('the country database is damaged'));
  });

  it.each([
    ['/nowhere/providers.mmdb', 'the provider database cannot be read (ENOENT)'],
    [
      new URL(import.meta.url).pathname,
      'the provider database cannot be read (it is not in the MaxMind DB format)',
    ],
  ])('cannot be found in %s', async (providers, message) => {
    const opening = Networks.open({ countries: COUNTRIES, providers });
    await expect(opening).rejects.toThrow(new NetworkDatabaseError(message));
  });
});
