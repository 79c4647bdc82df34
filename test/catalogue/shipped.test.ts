import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';

const folder = fileURLToPath(new URL('../../catalogue/', import.meta.url));
const shipped = () =>
  loadCatalogue({ catalogueFile: `${folder}services.json`, regionsFile: `${folder}regions.json` });

describe('the catalogue that is shipped', () => {
  it('is valid and has at least thirty services, Netflix first for the lines to try', async () => {
    const { services } = await shipped();
    expect(services.length).toBeGreaterThanOrEqual(30);
    expect(services[0]?.domains[0]).toBe('netflix.com');
  });

  it('has a region with several relays, regions with IPv6 and regions without', async () => {
    const { regions } = await shipped();
    const serving = regions.map(({ relays }) => relays.filter((relay) => relay.inService));
    expect(regions.length).toBeGreaterThanOrEqual(8);
    expect(serving.some((relays) => relays.length > 1)).toBe(true);
    expect(serving.some((relays) => relays.some((relay) => relay.ipv6 !== null))).toBe(true);
    expect(serving.some((relays) => relays.every((relay) => relay.ipv6 === null))).toBe(true);
  });

  it('points at documentation addresses only, so that no stranger gets traffic from a trial', async () => {
    const { regions, portal, dnsServers } = await shipped();
    const relays = regions.flatMap((region) => region.relays.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6 ?? []]));
    const documentation = /^(?:192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+|2001:db8:[\da-f:]+)$/;
    const addresses = [...relays.flat(), ...portal.ipv4, ...portal.ipv6];
    expect(addresses.filter((address) => !documentation.test(address))).toEqual([]);
    expect(dnsServers).toEqual(['127.0.0.1']);
  });
});
