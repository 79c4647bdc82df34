import { beforeAll, describe, expect, it } from 'vitest';
import {
  RegisterNetwork,
  ViewerAccount,
  ViewerCurrentAddresses,
  ViewerMediaStreamer,
} from '../../../client/index.js';
import { loadCatalogue } from '../../../src/catalogue/catalogue.js';
import { readGatewayConfig } from '../../../src/config/gateway.js';
import { useGateway } from '../../support/fixtures.js';
import { startTestGateway } from '../../support/gateway.js';
import { GATEWAY_SETTINGS } from '../../support/settings.js';

describe('viewer', () => {
  const gateway = useGateway({ config: { trustedProxies: ['127.0.0.1', '127.1.0.0/16'] } });
  let token: string;
  beforeAll(async () => {
    token = (await gateway.account({ email: 'anna@example.com' })).token;
  });

  async function currentAddress(source: string, forwardedFor?: string): Promise<string | null> {
    const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
    const { data } = await gateway.ask(ViewerCurrentAddresses, {}, { token, source, headers });
    return data.viewer.mediaStreamer.currentAddresses[0]?.address ?? null;
  }

  it('is the signed-in account', async () => {
    const { data } = await gateway.ask(ViewerAccount, {}, { token });
    expect(data.viewer.account).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      email: 'anna@example.com',
      role: 'USER',
    });
  });

  it('sees the catalogue, and what to enter on a device', async () => {
    const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token });
    const config = readGatewayConfig({
      ...GATEWAY_SETTINGS,
      DATABASE_URL: 'postgres://x',
      REDIS_URL: 'redis://x',
      REDIS_EPHEMERAL_URL: 'redis://y',
    });
    const catalogue = await loadCatalogue(config);
    expect(data.viewer.mediaStreamer).toMatchObject({
      networkLimit: 5,
      dnsServers: catalogue.dnsServers,
      dnsNames: catalogue.dnsNames,
      regions: catalogue.regions.map(({ id, name, dnsServers, dnsNames }) => ({
        id,
        name,
        dnsServers,
        dnsNames,
      })),
      services: catalogue.services.map(({ id, name, group, regions }) => ({
        id,
        name,
        groupId: group,
        licensedRegionIds: regions,
      })),
    });
  });

  it('learns whether the address that it calls from is registered', async () => {
    const [here, there] = ['127.0.0.20', '127.0.0.21'].map((source) => ({ token, source }));
    const seen = async (sender: typeof here) => {
      const { data } = await gateway.ask(ViewerCurrentAddresses, {}, sender);
      return data.viewer.mediaStreamer.currentAddresses;
    };
    expect(await seen(here)).toMatchObject([{ address: '127.0.0.20', networks: [] }]);
    await gateway.ask(RegisterNetwork, { input: { name: 'TV' } }, here);
    expect(await seen(here)).toMatchObject([{ address: '127.0.0.20', networks: [{ name: 'TV' }] }]);
    expect(await seen(there)).toMatchObject([{ address: '127.0.0.21', networks: [] }]);
  });

  it('has its networks read once, however many fields want them, and not at all when none does', async () => {
    const reads = async () =>
      Number(/cmdstat_hgetall:calls=(\d+)/.exec(await gateway.store.info('commandstats'))?.[1] ?? 0);
    const before = await reads();
    await gateway.call({ query: '{ viewer { mediaStreamer { networkLimit dnsServers } } }', token });
    expect(await reads()).toBe(before);
    await gateway.call({
      query: '{ viewer { mediaStreamer { currentAddresses { networks { id } } networks { name } } } }',
      token,
    });
    expect(await reads()).toBe(before + 1);
  });

  it.each([
    ['a connection without a proxy', '127.0.0.30', undefined, '127.0.0.30'],
    ['a stranger who forges the header', '127.0.0.30', '203.0.113.7', '127.0.0.30'],
    ['a trusted proxy', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    [
      'a trusted proxy behind a client that forges the header',
      '127.0.0.1',
      '192.0.2.1, 203.0.113.7',
      '203.0.113.7',
    ],
    ['a chain of trusted proxies', '127.0.0.1', '203.0.113.7, 127.1.2.3', '203.0.113.7'],
    ['an IPv6 client behind a trusted proxy', '127.0.0.1', '2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['an IPv4-mapped client behind a trusted proxy', '127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['a trusted proxy that says nothing readable', '127.0.0.1', 'unknown', null],
  ])('has the address of %s', async (_what, source, forwardedFor, expected) => {
    expect(await currentAddress(source, forwardedFor)).toBe(expected);
  });

  it('has the address of the connection, whatever the header says, when no proxy is trusted', async () => {
    const plain = await startTestGateway();
    try {
      const sender = {
        token: await plain.user(),
        source: '127.0.0.1',
        headers: {
          'x-forwarded-for': '203.0.113.7',
          forwarded: 'for=203.0.113.7',
          'x-real-ip': '203.0.113.7',
        },
      };
      const { data } = await plain.ask(ViewerCurrentAddresses, {}, sender);
      expect(data.viewer.mediaStreamer.currentAddresses).toMatchObject([{ address: '127.0.0.1' }]);
    } finally {
      await plain.stop();
    }
  });

  it('is nobody for an anonymous request: UNAUTHENTICATED', async () => {
    const { errors, data } = await gateway.ask(ViewerMediaStreamer);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
