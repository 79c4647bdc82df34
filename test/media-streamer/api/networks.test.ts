import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  MoveNetwork,
  type MoveNetworkInput,
  RegisterNetwork,
  type RegisterNetworkInput,
  RemoveNetwork,
  RemoveNetworkAddress,
  RevokeNetworkToken,
  RotateNetworkToken,
  UpdateNetwork,
  type UpdateNetworkInput,
  ViewerMediaStreamer,
} from '../../../client/index.js';
import { AllowlistWriter } from '../../../src/allowlist/writer.js';
import { parsePrefix } from '../../../src/lib/ip.js';
import { updateTokenDigest } from '../../../src/services/media-streamer/update-tokens.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf, someSource } from '../../support/gateway.js';
import { proofsOf } from '../../support/http/address-proof.js';

const UPDATE_HOSTS = {
  any: 'https://update.example',
  ipv4: 'https://update4.example',
  ipv6: null,
};
const UNKNOWN = [{ field: 'networkId', code: 'UNKNOWN_NETWORK' }];

describe('a network of the viewer', () => {
  const gateway = useGateway({
    config: { trustedProxies: ['127.0.0.1'], updateHosts: UPDATE_HOSTS },
  });
  const lastDay = dayFromNow(10);
  let token: string;
  let networkId: string;
  /** Of no other test. */
  let home: string;
  let writer: AllowlistWriter;
  beforeAll(() => {
    writer = new AllowlistWriter(gateway.store);
  });
  beforeEach(async () => {
    token = await gateway.user();
    home = someSource();
    networkId = await register({ name: 'TV', regionId: 'uk', lastDay }, [home]);
  });

  async function register(input: Partial<RegisterNetworkInput>, addresses: readonly string[]) {
    const proofs = await proofsOf(gateway.url, ...addresses);
    const { data } = await gateway.ask(
      RegisterNetwork,
      { input: { name: 'Home', ...input, proofs } },
      { token },
    );
    return data.registerNetwork.network!.id;
  }
  async function network(as = token) {
    const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token: as });
    return data.viewer.mediaStreamer.networks[0];
  }
  async function addresses() {
    return (await network())?.addresses.map(({ address }) => address);
  }
  const profileAt = async (address: string) => {
    const prefix = parsePrefix(address);
    if (typeof prefix === 'string') throw new Error(prefix);
    return writer.networks.profileAt(prefix);
  };

  describe('updateNetwork', () => {
    async function update(input: Omit<UpdateNetworkInput, 'networkId'>, id = networkId, as = token) {
      const { data, errors } = await gateway.ask(
        UpdateNetwork,
        { input: { networkId: id, ...input } },
        { token: as },
      );
      expect(errors).toBeUndefined();
      return data.updateNetwork;
    }

    it.each([
      ['the name', { name: ' Den ' }, { name: 'Den' }],
      ['the region', { regionId: 'ca' }, { region: { id: 'ca', name: 'Canada' } }],
      ['the region to automatic', { regionId: null }, { region: null }],
      [
        'regions of services',
        { serviceRegions: [{ serviceId: 'netflix', regionId: 'us' }] },
        { serviceRegions: [{ service: { id: 'netflix', name: 'Netflix' }, region: expect.anything() }] },
      ],
      ['the last day', { lastDay: dayFromNow(20) }, { lastDay: dayFromNow(20) }],
      ['the last day to none', { lastDay: null }, { lastDay: null }],
      ['nothing', {}, {}],
      ['nothing for null', { name: null, serviceRegions: null }, {}],
    ])('changes %s and leaves the rest', async (_what, patch, changed) => {
      const before = await network();
      const expected = { ...before, ...changed };
      expect(await update(patch)).toEqual({ network: expected, userErrors: [] });
      expect(await network()).toEqual(expected);
    });

    it('changes what its addresses get, on every dns-node in one revision', async () => {
      const before = (await writer.stats()).revision;
      await update({ regionId: null, serviceRegions: [{ serviceId: 'netflix', regionId: 'ca' }] });
      expect(await profileAt(home)).toEqual({
        families: '4',
        region: null,
        serviceRegions: new Map([['netflix', 'ca']]),
      });
      expect((await writer.stats()).revision).toBe(before + 1);
    });

    it('keeps regions of services when the region changes, and the reverse', async () => {
      await update({ serviceRegions: [{ serviceId: 'netflix', regionId: 'us' }] });
      await update({ regionId: 'ca' });
      const { region, serviceRegions } = (await network())!;
      expect([region?.id, serviceRegions.length]).toEqual(['ca', 1]);
      await update({ serviceRegions: [] });
      expect((await network())!.region?.id).toBe('ca');
    });

    it('returns the errors of all fields together, and changes nothing then', async () => {
      const before = await network();
      const input = {
        name: 'x'.repeat(65),
        regionId: 'atlantis',
        serviceRegions: [{ serviceId: 'x', regionId: 'us' }],
        lastDay: dayFromNow(-1),
      };
      expect(errorsOf(await update(input))).toEqual([
        { field: 'name', code: 'TEXT_TOO_LONG' },
        { field: 'regionId', code: 'UNKNOWN_REGION' },
        { field: 'serviceRegions.0.serviceId', code: 'UNKNOWN_SERVICE' },
        { field: 'lastDay', code: 'LAST_DAY_OUT_OF_RANGE' },
      ]);
      expect(await network()).toEqual(before);
    });

    it('finds no network of another account, and none without a UUID: UNKNOWN_NETWORK', async () => {
      const other = await gateway.user();
      for (const patch of [{ name: 'mine' }, { regionId: 'us' }]) {
        expect(errorsOf(await update(patch, networkId, other))).toEqual(UNKNOWN);
        for (const id of ['', 'home', '0'.repeat(36), crypto.randomUUID(), `${networkId}x`]) {
          expect(errorsOf(await update(patch, id))).toEqual(UNKNOWN);
        }
      }
      expect((await network())?.name).toBe('TV');
    });
  });

  describe('moveNetwork', () => {
    async function move(from: string | null, input: Partial<MoveNetworkInput> = {}, as = token) {
      const { data, errors } = await gateway.ask(
        MoveNetwork,
        { input: { networkId, ...input } },
        { token: as, headers: from === null ? {} : { 'x-forwarded-for': from } },
      );
      expect(errors).toBeUndefined();
      return data.moveNetwork;
    }
    const proofs = (...shown: string[]) => proofsOf(gateway.url, ...shown);

    it('replaces the address by that of the request: old out, new in, in one revision', async () => {
      const before = (await writer.stats()).revision;
      expect((await move('127.0.0.51')).network).toMatchObject({
        name: 'TV',
        region: { id: 'uk' },
        lastDay,
        addresses: [{ family: 'IPV4', address: '127.0.0.51', lastDay: null }],
      });
      expect(await profileAt(home)).toBeNull();
      expect((await profileAt('127.0.0.51'))?.region).toBe('uk');
      expect((await writer.stats()).revision).toBe(before + 1);
    });

    it('is never refused for the limit, however often a home moves', async () => {
      for (let day = 0; day < 8; day += 1) {
        expect((await move(`127.0.3.${day}`)).userErrors).toEqual([]);
      }
      expect(await addresses()).toEqual(['127.0.3.7']);
    });

    it('replaces both families by two proofs, and leaves the family that is not shown', async () => {
      await move(null, { proofs: await proofs('2001:db8:0:1::1') });
      expect(await addresses()).toEqual([home, '2001:db8:0:1::/64']);
      expect((await profileAt(home))?.families).toBe('46');
      await move(null, { proofs: await proofs('2001:db8:0:2::1', '127.0.0.52') });
      expect(await addresses()).toEqual(['127.0.0.52', '2001:db8:0:2::/64']);
    });

    it('leaves the address to another account that has it, with its region', async () => {
      const other = await gateway.user();
      await gateway.ask(
        RegisterNetwork,
        { input: { name: 'Theirs', regionId: 'ca' } },
        { token: other, headers: { 'x-forwarded-for': home } },
      );
      await move('127.0.0.53');
      expect((await profileAt(home))?.region).toBe('ca');
    });

    it('uses proofs up once, and not for a network that is not there', async () => {
      const shown = await proofs('127.0.0.54');
      const other = await gateway.user();
      expect(errorsOf(await move(null, { proofs: shown }, other))).toEqual(UNKNOWN);
      expect(errorsOf(await move(null, { proofs: shown, networkId: 'x' }))).toEqual(UNKNOWN);
      expect((await move(null, { proofs: shown })).userErrors).toEqual([]);
      expect(errorsOf(await move(null, { proofs: shown }))).toEqual([
        { field: 'proofs.0', code: 'PROOF_INVALID' },
      ]);
    });

    it('refuses an address that is not known: ADDRESS_UNKNOWN', async () => {
      expect(errorsOf(await move('unknown'))).toEqual([{ field: null, code: 'ADDRESS_UNKNOWN' }]);
    });
  });

  describe('removeNetworkAddress', () => {
    async function remove(family: 'IPV4' | 'IPV6', as = token, id = networkId) {
      const { data } = await gateway.ask(
        RemoveNetworkAddress,
        { input: { networkId: id, family } },
        { token: as },
      );
      return data.removeNetworkAddress;
    }

    it('removes the address of one family; the network stays, also without any', async () => {
      networkId = await register({ name: 'A flat' }, ['127.0.0.55', '2001:db8:0:5::1']);
      expect((await remove('IPV6')).network?.addresses).toMatchObject([{ address: '127.0.0.55' }]);
      expect((await profileAt('127.0.0.55'))?.families).toBe('4');
      expect(await profileAt('2001:db8:0:5::/64')).toBeNull();
      expect((await remove('IPV4')).network).toMatchObject({ addresses: [], relayFamilies: [] });
      expect((await remove('IPV4')).userErrors).toEqual([]);
      expect(await profileAt('127.0.0.55')).toBeNull();
    });

    it('finds no network of another account: UNKNOWN_NETWORK', async () => {
      expect(errorsOf(await remove('IPV4', await gateway.user()))).toEqual(UNKNOWN);
      expect(errorsOf(await remove('IPV4', token, 'x'))).toEqual(UNKNOWN);
      expect(await addresses()).toEqual([home]);
    });
  });

  describe('removeNetwork', () => {
    async function remove(as = token, id = networkId) {
      const { data } = await gateway.ask(RemoveNetwork, { input: { networkId: id } }, { token: as });
      return data.removeNetwork;
    }

    it('removes the network with its addresses; what another account has stays', async () => {
      const other = await gateway.user();
      const from = { 'x-forwarded-for': home };
      await gateway.ask(RegisterNetwork, { input: { name: 'x' } }, { token: other, headers: from });
      expect(await remove()).toEqual({ removedNetworkId: networkId, userErrors: [] });
      expect(await network()).toBeUndefined();
      expect(await profileAt(home)).not.toBeNull();
    });

    it('takes an id in capitals, and returns the stored one', async () => {
      expect((await remove(token, networkId.toUpperCase())).removedNetworkId).toBe(networkId);
    });

    it('finds no network of another account, and none twice: UNKNOWN_NETWORK', async () => {
      expect(errorsOf(await remove(await gateway.user()))).toEqual(UNKNOWN);
      await remove();
      expect(errorsOf(await remove())).toEqual(UNKNOWN);
    });
  });

  describe('its update token', () => {
    async function rotate(as = token, id = networkId) {
      const { data } = await gateway.ask(RotateNetworkToken, { input: { networkId: id } }, { token: as });
      return data.rotateNetworkToken;
    }
    async function revoke(as = token, id = networkId) {
      const { data } = await gateway.ask(RevokeNetworkToken, { input: { networkId: id } }, { token: as });
      return data.revokeNetworkToken;
    }
    const owner = async (text: string) => {
      const prefix = parsePrefix('127.0.0.56');
      if (typeof prefix === 'string') throw new Error(prefix);
      return (await writer.networks.findByToken(updateTokenDigest(text)!, prefix))?.networkId ?? null;
    };

    it('is shown once, with the URLs at which it is used, and only its digest is stored', async () => {
      const rotated = await rotate();
      expect(rotated).toEqual({
        network: { ...(await network()), hasUpdateToken: true },
        token: expect.stringMatching(/^[a-z2-7]{26}$/),
        updateUrls: [
          {
            family: null,
            dyndns2: 'https://update.example/nic/update',
            link: `https://update.example/u/${rotated.token}`,
          },
          {
            family: 'IPV4',
            dyndns2: 'https://update4.example/nic/update',
            link: `https://update4.example/u/${rotated.token}`,
          },
        ],
        userErrors: [],
      });
      expect(await owner(rotated.token!)).toBe(networkId);
      for (const key of await gateway.store.keys('*')) {
        const dump = await gateway.store.dumpBuffer(key);
        expect(dump?.includes(rotated.token!)).toBe(false);
      }
    });

    it('is replaced at once, and revoked at once', async () => {
      const first = (await rotate()).token!;
      const second = (await rotate()).token!;
      expect([await owner(first), await owner(second)]).toEqual([null, networkId]);
      expect((await revoke()).network?.hasUpdateToken).toBe(false);
      expect(await owner(second)).toBeNull();
      // A network without one has none to revoke, which is what was wanted.
      expect((await revoke()).userErrors).toEqual([]);
    });

    it('ends with its network', async () => {
      const { token: text } = await rotate();
      await gateway.ask(RemoveNetwork, { input: { networkId } }, { token });
      expect(await owner(text!)).toBeNull();
    });

    it('is nobody else’s to rotate or revoke: UNKNOWN_NETWORK', async () => {
      const { token: text } = await rotate();
      const other = await gateway.user();
      expect(errorsOf(await rotate(other))).toEqual(UNKNOWN);
      expect(errorsOf(await revoke(other))).toEqual(UNKNOWN);
      expect(errorsOf(await rotate(token, 'x'))).toEqual(UNKNOWN);
      expect(await owner(text!)).toBe(networkId);
    });

    it('is no session: it opens no API', async () => {
      const { token: text } = await rotate();
      const { errors } = await gateway.ask(ViewerMediaStreamer, {}, { token: text! });
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    });
  });

  it('is not changed more than 600 times an hour: TOO_MANY_ATTEMPTS; what takes away is never refused', async () => {
    const rename = (as: string) =>
      gateway.ask(UpdateNetwork, { input: { networkId: 'x', name: 'Den' } }, { token: as });
    // One was its registration.
    for (let round = 0; round < 599; round += 1) await rename(token);
    const tooMany = [{ field: null, code: 'TOO_MANY_ATTEMPTS' }];
    const input = { networkId };
    expect(errorsOf((await rename(token)).data.updateNetwork)).toEqual(tooMany);
    const refused = await Promise.all([
      gateway.ask(RegisterNetwork, { input: { name: 'Flat' } }, { token }),
      gateway.ask(MoveNetwork, { input }, { token }),
      gateway.ask(RotateNetworkToken, { input }, { token }),
    ]);
    for (const { data } of refused) expect(errorsOf(Object.values(data)[0]!)).toEqual(tooMany);
    expect(errorsOf((await rename(await gateway.user())).data.updateNetwork)).toEqual(UNKNOWN);
    const revoked = await gateway.ask(RevokeNetworkToken, { input }, { token });
    expect(errorsOf(revoked.data.revokeNetworkToken)).toEqual([]);
    const removed = await gateway.ask(RemoveNetwork, { input }, { token });
    expect(errorsOf(removed.data.removeNetwork)).toEqual([]);
  });

  it('is found by its id, by its owner alone', async () => {
    const query =
      'query ($id: ID!) { node(id: $id) { __typename id ... on Network { name region { id } addresses { address } } } }';
    const ask = async (id: string, as: string) =>
      (await gateway.call({ query, variables: { id }, token: as })).data.node;
    const found = {
      __typename: 'Network',
      id: networkId,
      name: 'TV',
      region: { id: 'uk' },
      addresses: [{ address: home }],
    };
    expect(await ask(networkId, token)).toEqual(found);
    expect(await ask(networkId.toUpperCase(), token)).toEqual(found);
    expect(await ask(networkId, await gateway.user())).toBeNull();
    expect(await ask(networkId, await gateway.admin())).toBeNull();
  });
});
