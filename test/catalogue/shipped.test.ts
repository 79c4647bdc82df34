import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../src/catalogue/catalogue.js';
import { runCli, testFolder } from '../cli/run-cli.js';

const folder = fileURLToPath(new URL('../../catalogue/', import.meta.url));
const shipped = () =>
  loadCatalogue({ catalogueFile: `${folder}services.json`, regionsFile: `${folder}regions.json` });

describe('the shipped catalogue', () => {
  it('is valid and has at least thirty services, Netflix first, as the guide uses it', async () => {
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

  it('has documentation addresses only, so that a trial sends no traffic to third parties', async () => {
    const { regions, portal, dnsServers } = await shipped();
    const relays = regions.flatMap((region) => region.relays.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6 ?? []]));
    const documentation =
      /^(?:192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+|2001:db8:[\da-f:]+(?:\/64)?)$/;
    const addresses = [...relays.flat(), ...portal.ipv4, ...portal.ipv6];
    expect(addresses.filter((address) => !documentation.test(address))).toEqual([]);
    expect(dnsServers).toEqual(['127.0.0.1']);
  });
});

describe('in production', () => {
  it('the shipped example is rejected, with all of its places together', async () => {
    const files = { catalogueFile: `${folder}services.json`, regionsFile: `${folder}regions.json` };
    const { regions, portal, dnsServers, dnsNames } = await loadCatalogue(files);
    const relays = regions.flatMap((region) => region.relays);
    const count =
      dnsNames.length +
      portal.names.length +
      portal.ipv4Names.length +
      portal.ipv6Names.length +
      regions.flatMap((region) => region.dnsNames).length +
      portal.ipv4.length +
      portal.ipv6.length +
      dnsServers.length +
      relays.length +
      relays.filter(({ ipv6 }) => ipv6 !== null).length;
    const error = await loadCatalogue({ ...files, refusesExamples: true }).catch((reason) => reason);
    expect(error.errors).toHaveLength(count);
    expect(error.errors.slice(0, 3)).toEqual([
      'regions.json: portal.names[0]: is an example name, which no customer can reach',
      'regions.json: portal.names[1]: is an example name, which no customer can reach',
      'regions.json: portal.names[2]: is an example name, which no customer can reach',
    ]);
    expect(error.errors).toContain(
      'regions.json: dnsServers[0]: is a documentation address or an address of this machine, which no customer can reach',
    );
  });

  it('examples are found in every field that a customer reaches', async () => {
    const own = await testFolder();
    const regionsFile = await own.write(
      'regions.json',
      JSON.stringify({
        dnsServers: ['9.9.9.9'],
        dnsNames: ['dns.vpn.test'],
        portal: {
          names: ['portal.cyberspacevpn.com'],
          ipv4: ['9.9.9.10'],
          ipv6: ['2620:fe::10'],
          ipv4Names: ['ipv4.vpn.example'],
          ipv6Names: ['ipv6.localhost.localhost'],
          check: { ipv4: ['192.0.2.1'], ipv6: ['3fff::1'] },
        },
        defaultRegion: 'us',
        regions: [
          {
            id: 'us',
            name: 'United States',
            relays: [{ ipv4: '9.9.9.11', ipv6: '2001:db8:1:2::/64' }],
            dnsServers: ['127.0.0.2'],
            dnsNames: ['us.dns.invalid'],
          },
        ],
      }),
    );
    const files = { catalogueFile: `${folder}services.json`, regionsFile, refusesExamples: true };
    const error = await loadCatalogue(files).catch((reason) => reason);
    expect(error.errors.map((each: string) => each.split(': ')[1])).toEqual([
      'portal.ipv4Names[0]',
      'portal.ipv6Names[0]',
      'dnsNames[0]',
      'regions[0].dnsNames[0]',
      'portal.check.ipv4[0]',
      'portal.check.ipv6[0]',
      'regions[0].dnsServers[0]',
      'regions[0].relays[0].ipv6',
    ]);
    await own.remove();
  });

  it('the command line applies the same rules', async () => {
    const { code, stderr } = await runCli(['catalogue', 'check'], { NODE_ENV: 'production' });
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      'regions.json: portal.names[0]: is an example name, which no customer can reach',
    ]);
    expect(await runCli(['catalogue', 'check'])).toMatchObject({ code: 0 });
  });

  it('an operator’s own addresses and names are accepted', async () => {
    const own = await testFolder();
    const regionsFile = await own.write(
      'regions.json',
      JSON.stringify({
        dnsServers: ['9.9.9.9'],
        portal: { names: ['portal.cyberspacevpn.com'], ipv4: ['9.9.9.10'] },
        defaultRegion: 'us',
        regions: [{ id: 'us', name: 'United States', relays: [{ ipv4: '9.9.9.11', ipv6: '2620:fe::fe' }] }],
      }),
    );
    const loaded = loadCatalogue({
      catalogueFile: `${folder}services.json`,
      regionsFile,
      refusesExamples: true,
    });
    await expect(loaded).resolves.toMatchObject({ defaultRegion: 'us' });
    await own.remove();
  });
});
