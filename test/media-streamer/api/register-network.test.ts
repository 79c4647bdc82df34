import { beforeAll, describe, expect, it } from 'vitest';
import {
  MoveNetwork,
  RegisterNetwork,
  type RegisterNetworkInput,
  ViewerMediaStreamer,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf, startTestGateway } from '../../support/gateway.js';
import { proofsOf } from '../../support/http/address-proof.js';

const UK = { id: 'uk', name: 'United Kingdom' };

describe('registerNetwork', () => {
  const gateway = useGateway({ config: { trustedProxies: ['127.0.0.1'] } });
  let token: string;
  beforeAll(async () => {
    token = await gateway.user();
  });

  interface Sent {
    readonly as?: string;
    /** The address of the request itself. */
    readonly from?: string;
  }
  async function register(input: Partial<RegisterNetworkInput>, { as, from = '127.0.0.40' }: Sent = {}) {
    const { data, errors } = await gateway.ask(
      RegisterNetwork,
      { input: { name: 'Home', ...input } },
      { token: as ?? (await gateway.user()), headers: { 'x-forwarded-for': from } },
    );
    expect(errors).toBeUndefined();
    return data.registerNetwork;
  }
  const proofs = (...addresses: string[]) => proofsOf(gateway.url, ...addresses);
  const addressesOf = ({ network }: Awaited<ReturnType<typeof register>>) =>
    network?.addresses.map(({ family, address }) => [family, address]);

  it('registers both addresses of a home in one call, with its regions', async () => {
    const lastDay = dayFromNow(30);
    const { network, userErrors } = await register(
      {
        name: ' The flat ',
        regionId: 'us',
        serviceRegions: [{ serviceId: 'bbc-iplayer', regionId: 'uk' }],
        lastDay,
        proofs: await proofs('2001:DB8:0:7::1', '198.51.100.7'),
      },
      { as: token },
    );
    expect(userErrors).toEqual([]);
    expect(network).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'The flat',
      addresses: [
        { family: 'IPV4', address: '198.51.100.7', lastDay: null },
        { family: 'IPV6', address: '2001:db8:0:7::/64', lastDay: null },
      ],
      region: { id: 'us', name: 'United States' },
      serviceRegions: [{ service: { id: 'bbc-iplayer', name: 'BBC iPlayer' }, region: UK }],
      relayFamilies: expect.arrayContaining(['IPV4']),
      lastDay,
      hasUpdateToken: false,
    });
    const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token });
    expect(data.viewer.mediaStreamer.networks).toEqual([network]);
  });

  it('registers the address of the request without proofs, with automatic regions and without an end', async () => {
    for (const none of [undefined, []]) {
      const { network } = await register(none === undefined ? {} : { proofs: none });
      expect(network).toMatchObject({ region: null, serviceRegions: [], lastDay: null });
      expect(network?.addresses).toEqual([{ family: 'IPV4', address: '127.0.0.40', lastDay: null }]);
    }
    expect(addressesOf(await register({}, { from: '2001:db8:0:8::9' }))).toEqual([
      ['IPV6', '2001:db8:0:8::/64'],
    ]);
  });

  it('registers nothing but what the proofs show: the request may come from elsewhere', async () => {
    const shown = await proofs('198.51.100.8');
    expect(addressesOf(await register({ proofs: shown }, { from: '203.0.113.9' }))).toEqual([
      ['IPV4', '198.51.100.8'],
    ]);
  });

  it('registers an address that another account has, or another network of the same account', async () => {
    const own = await gateway.user();
    for (const as of [own, own, await gateway.user()]) {
      const payload = await register({ proofs: await proofs('198.51.100.9') }, { as });
      expect(payload.userErrors).toEqual([]);
    }
  });

  it('uses a proof up once, for one account alone: PROOF_INVALID', async () => {
    const [v4 = '', v6 = ''] = await proofs('198.51.100.10', '2001:db8:0:a::1');
    expect((await register({ proofs: [v4] })).userErrors).toEqual([]);
    for (const as of [token, await gateway.user()]) {
      expect(errorsOf(await register({ proofs: [v6, v4] }, { as }))).toEqual([
        { field: 'proofs.1', code: 'PROOF_INVALID' },
      ]);
    }
    // The other one was not used.
    expect((await register({ proofs: [v6] })).userErrors).toEqual([]);
  });

  it('does not use a proof up for an input that is refused', async () => {
    const shown = await proofs('198.51.100.11');
    expect(errorsOf(await register({ name: ' ', proofs: shown }))).toEqual([
      { field: 'name', code: 'TEXT_REQUIRED' },
    ]);
    expect((await register({ proofs: shown })).userErrors).toEqual([]);
  });

  it('refuses two proofs of one family: TOO_MANY_PROOFS', async () => {
    const both = await proofs('198.51.100.12', '198.51.100.13');
    expect(errorsOf(await register({ proofs: both }))).toEqual([
      { field: 'proofs', code: 'TOO_MANY_PROOFS' },
    ]);
  });

  it.each([
    ['no name', { name: '' }, 'name', 'TEXT_REQUIRED'],
    ['65 characters', { name: 'é'.repeat(65) }, 'name', 'TEXT_TOO_LONG'],
    ['a payment card number', { name: 'Card 4242 4242 4242 4242' }, 'name', 'CARD_NUMBER'],
    ['a line break', { name: 'a\nb' }, 'name', 'INVALID_TEXT'],
    ['half a surrogate pair', { name: 'a\ud800b' }, 'name', 'INVALID_TEXT'],
    ['an unknown region', { regionId: 'atlantis' }, 'regionId', 'UNKNOWN_REGION'],
    ['no region id', { regionId: '-' }, 'regionId', 'UNKNOWN_REGION'],
    ['a day that is over', { lastDay: dayFromNow(-1) }, 'lastDay', 'LAST_DAY_OUT_OF_RANGE'],
    ['a day in six years', { lastDay: dayFromNow(6 * 366) }, 'lastDay', 'LAST_DAY_OUT_OF_RANGE'],
    ['no proof', { proofs: ['x'] }, 'proofs.0', 'PROOF_INVALID'],
  ])('refuses %s', async (_what, input, field, code) => {
    expect(errorsOf(await register(input))).toEqual([{ field, code }]);
  });

  it('returns all errors together', async () => {
    const serviceRegions = [
      { serviceId: 'netflix', regionId: 'us' },
      { serviceId: 'netflix', regionId: 'uk' },
      { serviceId: 'atlantis-tv', regionId: 'atlantis' },
    ];
    const input = { name: '', regionId: 'x', serviceRegions, lastDay: dayFromNow(-1), proofs: ['x', 'y'] };
    expect(errorsOf(await register(input))).toEqual([
      { field: 'name', code: 'TEXT_REQUIRED' },
      { field: 'regionId', code: 'UNKNOWN_REGION' },
      { field: 'serviceRegions.1.serviceId', code: 'DUPLICATE_SERVICE' },
      { field: 'serviceRegions.2.serviceId', code: 'UNKNOWN_SERVICE' },
      { field: 'serviceRegions.2.regionId', code: 'UNKNOWN_REGION' },
      { field: 'lastDay', code: 'LAST_DAY_OUT_OF_RANGE' },
      { field: 'proofs.0', code: 'PROOF_INVALID' },
    ]);
  });

  it('refuses a longer list of regions than there are services with one error', async () => {
    const serviceRegions = Array.from({ length: 1000 }, (_, index) => ({
      serviceId: `service-${index}`,
      regionId: 'atlantis',
    }));
    expect(errorsOf(await register({ serviceRegions }))).toEqual([
      { field: 'serviceRegions', code: 'TOO_MANY_SERVICE_REGIONS' },
    ]);
  });

  it('gives a region for a service to all services of its group, and shows them', async () => {
    const one = await register({ serviceRegions: [{ serviceId: 'hulu', regionId: 'us' }] });
    const regions = one.network?.serviceRegions.map(({ service, region }) => [service.id, region.id]);
    expect(regions).toEqual(
      expect.arrayContaining([
        ['disney-plus', 'us'],
        ['hulu', 'us'],
      ]),
    );
    // The list as it was read may be sent back.
    const again = regions!.map(([serviceId = '', regionId = '']) => ({ serviceId, regionId }));
    expect((await register({ serviceRegions: again })).network?.serviceRegions).toEqual(
      one.network?.serviceRegions,
    );
    const other = [
      { serviceId: 'hulu', regionId: 'us' },
      { serviceId: 'disney-plus', regionId: 'uk' },
    ];
    expect(errorsOf(await register({ serviceRegions: other }))).toEqual([
      { field: 'serviceRegions.1.regionId', code: 'GROUP_HAS_OTHER_REGION' },
    ]);
  });

  it('refuses when the source address is not known: ADDRESS_UNKNOWN; proofs are enough', async () => {
    expect(errorsOf(await register({}, { from: 'unknown' }))).toEqual([
      { field: null, code: 'ADDRESS_UNKNOWN' },
    ]);
    const shown = await proofs('198.51.100.14');
    expect((await register({ proofs: shown }, { from: 'unknown' })).userErrors).toEqual([]);
  });

  it('refuses a sixth network, and keeps its proof: NETWORK_LIMIT_REACHED; one that is there can be moved', async () => {
    const as = await gateway.user();
    let id = '';
    for (const host of [1, 2, 3, 4, 5]) {
      const { network } = await register({ name: `${host}` }, { as, from: `127.0.1.${host}` });
      id = network!.id;
    }
    const shown = await proofs('198.51.100.15');
    const sixth = await register({ proofs: shown }, { as });
    expect(sixth.network).toBeNull();
    expect(errorsOf(sixth)).toEqual([{ field: null, code: 'NETWORK_LIMIT_REACHED' }]);
    const moved = await gateway.ask(MoveNetwork, { input: { networkId: id, proofs: shown } }, { token: as });
    expect(moved.data.moveNetwork.network?.addresses).toMatchObject([{ address: '198.51.100.15' }]);
  });

  it('holds the limit against requests at the same time', async () => {
    const as = await gateway.user();
    const hosts = Array.from({ length: 12 }, (_, index) => `127.0.2.${index + 1}`);
    const payloads = await Promise.all(hosts.map((from) => register({}, { as, from })));
    expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(5);
  });

  it('refuses what the public internet cannot reach, as a product in production is set: ADDRESS_NOT_PUBLIC', async () => {
    const strict = await startTestGateway({
      config: { allowPrivateAddresses: false, trustedProxies: ['127.0.0.1'] },
    });
    try {
      const own = await strict.user();
      const registered = async (from: string, shown: string[] = []) => {
        const { data } = await strict.ask(
          RegisterNetwork,
          { input: { name: 'Home', proofs: shown } },
          { token: own, headers: { 'x-forwarded-for': from } },
        );
        return errorsOf(data.registerNetwork);
      };
      for (const address of ['10.0.0.1', '100.64.0.1', '192.0.2.1', 'fe80::1', '2001:db8::1']) {
        expect(await registered(address)).toEqual([{ field: null, code: 'ADDRESS_NOT_PUBLIC' }]);
        const shown = await proofsOf(strict.url, address);
        expect(await registered('8.8.8.8', shown)).toEqual([
          { field: 'proofs.0', code: 'ADDRESS_NOT_PUBLIC' },
        ]);
      }
      expect(await registered('8.8.8.8')).toEqual([]);
    } finally {
      await strict.stop();
    }
  });
});
