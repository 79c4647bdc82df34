import { describe, expect, it } from 'vitest';
import {
  RegisterNetwork,
  RemoveNetwork,
  ViewerCurrentAddresses,
  ViewerMediaStreamer,
  ViewerStreamingServiceNames,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { proofsOf } from '../../support/http/address-proof.js';

describe('viewer.mediaStreamer', () => {
  const gateway = useGateway({
    config: {
      trustedProxies: ['127.0.0.1'],
      ipv4Url: 'https://ipv4.api.example',
      ipv6Url: null,
    },
  });
  const proofs = (...addresses: string[]) => proofsOf(gateway.url, ...addresses);

  async function register(token: string, from: string, regionId: string | null = null) {
    const { data } = await gateway.ask(
      RegisterNetwork,
      { input: { name: 'Home', regionId, serviceRegions: [{ serviceId: 'netflix', regionId: 'ca' }] } },
      { token, headers: { 'x-forwarded-for': from } },
    );
    return data.registerNetwork.network!.id;
  }
  interface From {
    readonly from: string;
    readonly shown?: readonly string[];
  }
  const ask = (token: string, { from, shown = [] }: From) =>
    gateway.ask(
      ViewerCurrentAddresses,
      { proofs: [...shown] },
      { token, headers: { 'x-forwarded-for': from } },
    );
  async function current(token: string, from: From) {
    const { data, errors } = await ask(token, from);
    expect(errors).toBeUndefined();
    return data.viewer.mediaStreamer.currentAddresses;
  }

  it('lists what can be chosen, and where proofs are fetched', async () => {
    const token = await gateway.user();
    const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token });
    const { networks, networkLimit, addressProofUrls, regions, services, dnsServers, dnsNames } =
      data.viewer.mediaStreamer;
    expect({ networks, networkLimit, addressProofUrls }).toEqual({
      networks: [],
      networkLimit: 5,
      addressProofUrls: { ipv4: 'https://ipv4.api.example/address-proof', ipv6: null },
    });
    expect(regions.find(({ id }) => id === 'uk')).toEqual({
      id: 'uk',
      name: 'United Kingdom',
      relayFamilies: expect.arrayContaining(['IPV4']),
      dnsServers: expect.any(Array),
      dnsNames: expect.any(Array),
    });
    expect(services.find(({ id }) => id === 'bbc-iplayer')).toEqual({
      id: 'bbc-iplayer',
      name: 'BBC iPlayer',
      groupId: null,
      licensedRegionIds: ['uk'],
    });
    expect(dnsServers.length).toBeGreaterThan(0);
    expect(dnsNames).toEqual(expect.any(Array));
  });

  it('lists all names of each service', async () => {
    const { data } = await gateway.ask(ViewerStreamingServiceNames, {}, { token: await gateway.user() });
    const { services } = data.viewer.mediaStreamer;
    expect(services.find(({ id }) => id === 'netflix')?.names.domains).toContain('netflix.com');
    for (const { names, contentNames } of services) {
      for (const list of [names, contentNames])
        expect(Object.keys(list)).toEqual(['domains', 'hosts', 'patterns']);
    }
  });

  it('shows both addresses from which the viewer calls, and their network', async () => {
    const token = await gateway.user();
    const id = await register(token, '127.0.0.70', 'us');
    const shown = await proofs('2001:db8:0:70::1', '127.0.0.70');
    const expected = [
      {
        family: 'IPV4',
        address: '127.0.0.70',
        networks: [{ id, name: 'Home' }],
        inEffect: {
          region: { id: 'us', name: 'United States' },
          serviceRegions: [
            { service: { id: 'netflix', name: 'Netflix' }, region: { id: 'ca', name: 'Canada' } },
          ],
        },
      },
      { family: 'IPV6', address: '2001:db8:0:70::/64', networks: [], inEffect: null },
    ];
    // Reading uses no proof up.
    for (const _ of [1, 2]) expect(await current(token, { from: '127.0.0.99', shown })).toEqual(expected);
    const { data } = await gateway.ask(RegisterNetwork, { input: { name: 'x', proofs: shown } }, { token });
    expect(data.registerNetwork.userErrors).toEqual([]);
  });

  it('shows the address of the request without proofs, and none when it is not known', async () => {
    const token = await gateway.user();
    expect(await current(token, { from: '127.0.0.71' })).toMatchObject([{ address: '127.0.0.71' }]);
    expect(await current(token, { from: '2001:db8:0:71::9' })).toMatchObject([
      { family: 'IPV6', address: '2001:db8:0:71::/64' },
    ]);
    expect(await current(token, { from: 'unknown' })).toEqual([]);
  });

  it('shows two networks of the viewer that have the same address', async () => {
    const token = await gateway.user();
    const ids = [await register(token, '127.0.0.72'), await register(token, '127.0.0.72', 'uk')];
    const [here] = await current(token, { from: '127.0.0.72' });
    expect(here!.networks.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(here!.inEffect).toMatchObject({ region: { id: 'uk' } });
  });

  it('shows what devices get, which somebody else at the address may have chosen, to networks there alone', async () => {
    const [anna, bert] = [await gateway.user(), await gateway.user()];
    const from = '127.0.0.73';
    const seen = async (token: string) => {
      const [address] = await current(token, { from });
      return address!.inEffect?.region?.id ?? null;
    };
    const id = await register(anna, from, 'us');
    expect([await seen(anna), await seen(bert)]).toEqual(['us', null]);
    await register(bert, from, 'uk');
    expect([await seen(anna), await seen(bert)]).toEqual(['uk', 'uk']);
    await gateway.ask(RemoveNetwork, { input: { networkId: id } }, { token: anna });
    expect([await seen(anna), await seen(bert)]).toEqual([null, 'uk']);
  });

  it('refuses proofs that are not valid, or of one family: BAD_USER_INPUT', async () => {
    const token = await gateway.user();
    for (const shown of [['x'], await proofs('127.0.0.74', '127.0.0.75'), ['x', 'x', 'x']]) {
      const { errors } = await ask(token, { from: '127.0.0.76', shown });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'proofs' } }]);
    }
  });
});
