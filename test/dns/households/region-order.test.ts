import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../src/catalogue/catalogue.js';
import { type Prefix, parsePrefix } from '../../../src/lib/ip.js';
import { catalogueWith, portalWith, regionWith, relayWith, serviceWith } from '../../support/catalogue.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { TcpDevice, UdpDevice } from '../support/device.js';
import { decode, query } from '../support/messages.js';
import { proxyHeader } from '../support/proxy-header.js';
import { type Connecting, connectFrom, DohDevice, dotDevice, QUERY_TYPE } from '../support/stream-devices.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';

const CLIENT = '127.0.0.40';
const BALANCER = '127.0.0.100';
/** The DNS server of no region. */
const ANY = '127.0.0.1';

const REGIONS = ['us', 'uk', 'de', 'fr'];
const relayOf = (region: string) => `198.51.100.${REGIONS.indexOf(region) + 1}`;

const CATALOGUE: Catalogue = catalogueWith({
  services: [
    serviceWith({ id: 'stream', domains: ['stream.example'] }),
    serviceWith({ id: 'iplayer', domains: ['iplayer.example'], regions: ['uk'] }),
    serviceWith({ id: 'zdf', domains: ['zdf.example'], regions: ['de'], group: 'public' }),
    serviceWith({ id: 'arte', domains: ['arte.example'], regions: ['de', 'fr'], group: 'public' }),
    serviceWith({ id: 'nhk', domains: ['nhk.example'], regions: ['jp'] }),
  ],
  regions: REGIONS.map((id) =>
    regionWith({
      id,
      relays: [relayWith({ ipv4: relayOf(id) })],
      ...(id === 'fr' && {
        dnsServers: ['127.0.0.3', '127.0.0.33', '::1'],
        dnsNames: ['fr.dns.vpn.example'],
      }),
    }),
  ),
  portal: portalWith({ names: ['portal.vpn.example'], ipv4: ['192.0.2.80'] }),
});

/** Where names lead: by the profile, the DNS server that is asked, and the name. */
interface Row {
  readonly profile: string;
  readonly server?: 'fr';
  readonly name: string;
  readonly region: string;
  readonly why: string;
}

const ROWS: readonly Row[] = [
  { profile: '4;-', name: 'stream.example', region: 'us', why: 'the default region' },
  { profile: '4;-', name: 'iplayer.example', region: 'uk', why: 'the only region where it is licensed' },
  { profile: '4;-', name: 'zdf.example', region: 'de', why: 'the only region where it is licensed' },
  { profile: '4;-', name: 'arte.example', region: 'us', why: 'the default region, as it has two licences' },
  {
    profile: '4;-',
    name: 'nhk.example',
    region: 'us',
    why: 'the default region, as there is no relay in jp',
  },
  { profile: '4;de', name: 'stream.example', region: 'de', why: 'the region of the network' },
  { profile: '4;de', name: 'iplayer.example', region: 'de', why: 'the region of the network' },
  { profile: '4;gone', name: 'iplayer.example', region: 'uk', why: 'the licence, as the region is gone' },
  {
    profile: '4;gone',
    name: 'stream.example',
    region: 'us',
    why: 'the default region, as the region is gone',
  },
  { profile: '4;de;iplayer=us', name: 'iplayer.example', region: 'us', why: 'the region of the service' },
  { profile: '4;de;iplayer=us', name: 'stream.example', region: 'de', why: 'the region of the network' },
  { profile: '4;-;iplayer=us', name: 'stream.example', region: 'us', why: 'the default region' },
  { profile: '4;de;iplayer=gone', name: 'iplayer.example', region: 'de', why: 'the network, as it is gone' },
  { profile: '4;-;iplayer=gone', name: 'iplayer.example', region: 'uk', why: 'the licence, as it is gone' },
  { profile: '4;us;public=fr', name: 'zdf.example', region: 'fr', why: 'the region of its group' },
  { profile: '4;us;public=fr', name: 'arte.example', region: 'fr', why: 'the region of its group' },
  {
    profile: '4;us;zdf=fr',
    name: 'zdf.example',
    region: 'us',
    why: 'the network, as groups are chosen whole',
  },
  { profile: '4;-', server: 'fr', name: 'stream.example', region: 'fr', why: 'the DNS server' },
  { profile: '4;-', server: 'fr', name: 'iplayer.example', region: 'fr', why: 'the DNS server' },
  { profile: '4;de', server: 'fr', name: 'stream.example', region: 'fr', why: 'the DNS server' },
  { profile: '4;de;iplayer=us', server: 'fr', name: 'iplayer.example', region: 'fr', why: 'the DNS server' },
];

type Channel = (name: string, server: Row['server'], source: string) => Promise<Buffer>;

let edge: TestEdge;
beforeAll(async () => {
  const listen = { host: '::', port: 0 };
  edge = await startTestEdge({
    listen,
    catalogue: CATALOGUE,
    workers: 2,
    balancers: [parsePrefix(BALANCER) as Prefix],
    secure: { certificate: makeCertificate(), dot: listen, doh: listen },
  });
});
afterAll(() => edge?.close());

const overUdp =
  (server: string): Channel =>
  async (name, region, source) => {
    const device = await UdpDevice.at(source, edge.port, region === undefined ? ANY : server);
    const answer = await device.ask(query({ name }));
    device.close();
    return answer;
  };

async function overTcp(name: string, connecting: Omit<Connecting, 'port'>): Promise<Buffer> {
  const device = new TcpDevice(await connectFrom({ ...connecting, port: edge.tcpPort }));
  const answer = await device.ask(query({ name }));
  device.close();
  return answer;
}

async function overDot(name: string, connecting: Omit<Connecting, 'port'>): Promise<Buffer> {
  const device = await dotDevice({ ...connecting, port: edge.dotPort });
  const answer = await device.ask(query({ name }));
  device.close();
  return answer;
}

async function overDoh(
  name: string,
  authority: string,
  connecting: Omit<Connecting, 'port'>,
): Promise<Buffer> {
  const device = await DohDevice.at({ ...connecting, port: edge.dohPort });
  const head = { ':path': '/dns-query', ':method': 'POST', ':authority': authority, ...QUERY_TYPE };
  const { body } = await device.request(head, query({ name }));
  device.close();
  return body;
}

const to = (region: Row['server'], own: string) => (region === undefined ? ANY : own);
const named = (region: Row['server']) =>
  region === undefined ? 'dns.vpn.example' : `${region}.dns.vpn.example`;
const header = (source: string, destination: string) => proxyHeader({ source, destination });

const CHANNELS: readonly (readonly [string, Channel])[] = [
  ['UDP at a server address', overUdp('127.0.0.3')],
  ['UDP at a second server address', overUdp('127.0.0.33')],
  [
    'TCP at a server address',
    (name, server, source) => overTcp(name, { source, server: to(server, '127.0.0.3') }),
  ],
  [
    'UDP through a balancer at a server address',
    async (name, server, source) => {
      const device = await UdpDevice.at(BALANCER, edge.port);
      const before = proxyHeader({ source, destination: to(server, '127.0.0.3'), family: 0x12 });
      const answer = await device.ask(Buffer.concat([before, query({ name })]));
      device.close();
      return answer;
    },
  ],
  [
    'TCP through a balancer at a server address',
    (name, server, source) =>
      overTcp(name, { source: BALANCER, header: header(source, to(server, '127.0.0.3')) }),
  ],
  [
    'DoT at a server address',
    (name, server, source) => overDot(name, { source, server: to(server, '127.0.0.3') }),
  ],
  [
    'DoT at a server name',
    (name, server, source) => overDot(name, { source, tls: { servername: named(server) } }),
  ],
  [
    'DoH at a server address',
    (name, server, source) => overDoh(name, '127.0.0.1', { source, server: to(server, '127.0.0.3') }),
  ],
  ['DoH at a server name', (name, server, source) => overDoh(name, named(server), { source })],
  [
    'DoH at the server name of the handshake',
    (name, server, source) => overDoh(name, '127.0.0.1', { source, tls: { servername: named(server) } }),
  ],
  [
    'DoH through a balancer at a server address',
    (name, server, source) =>
      overDoh(name, '127.0.0.1', { source: BALANCER, header: header(source, to(server, '127.0.0.3')) }),
  ],
];

async function regionOf(answer: Promise<Buffer>): Promise<string | undefined> {
  const { answers } = decode(await answer);
  return REGIONS.find((region) => answers[0] === `A ${relayOf(region)}`);
}

describe.each(CHANNELS)('over %s', (_, ask) => {
  it.each(ROWS)('$name of $profile at server $server is in $region: $why', async (row) => {
    edge.list(CLIENT, row.profile);
    expect(await regionOf(ask(row.name, row.server, CLIENT))).toBe(row.region);
  });
});

describe('a DNS server of a region', () => {
  it('is known by its IPv6 address, also through a balancer', async () => {
    edge.list('::1', '46;de');
    const device = await UdpDevice.at('::1', edge.port, '::1');
    expect(await regionOf(device.ask(query({ name: 'stream.example' })))).toBe('fr');
    device.close();
    edge.list('2001:db8::7', '46;de');
    for (const [destination, region] of [
      ['::1', 'fr'],
      ['::2', 'de'],
    ] as const) {
      const through = { source: BALANCER, header: header('2001:db8::7', destination) };
      expect(await regionOf(overTcp('stream.example', through))).toBe(region);
    }
  });

  it('is known by its name before its address', async () => {
    const [us, ...others] = CATALOGUE.regions;
    edge.useCatalogue({ ...CATALOGUE, regions: [{ ...us!, dnsNames: ['us.dns.vpn.example'] }, ...others] });
    edge.list(CLIENT, '4;de');
    const at = { source: CLIENT, server: '127.0.0.3', tls: { servername: 'us.dns.vpn.example' } };
    expect(await regionOf(overDot('stream.example', at))).toBe('us');
    edge.useCatalogue(CATALOGUE);
  });

  it('gives an unlisted client no more than another one', async () => {
    edge.unlist(CLIENT);
    for (const [, ask] of CHANNELS) {
      expect(decode(await ask('stream.example', 'fr', CLIENT)).rcode).toBe('REFUSED');
    }
  });

  it('is no longer one when another catalogue is used', async () => {
    edge.list(CLIENT, '4;de');
    const ask = () => regionOf(overUdp('127.0.0.3')('stream.example', 'fr', CLIENT));
    expect(await ask()).toBe('fr');
    edge.useCatalogue({
      ...CATALOGUE,
      regions: CATALOGUE.regions.map((region) => ({ ...region, dnsServers: [] })),
    });
    expect(await ask()).toBe('de');
    edge.useCatalogue(CATALOGUE);
  });
});
