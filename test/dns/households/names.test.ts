import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../src/catalogue/catalogue.js';
import { catalogueWith, portalWith, regionWith, relayWith, serviceWith } from '../../support/catalogue.js';
import { UdpDevice } from '../support/device.js';
import { decode, query, TYPES } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import { startUpstream, type TestUpstream } from '../support/upstream-server.js';

const CLIENT = '127.0.0.40';
const UNLISTED = '127.0.0.66';
/** One region for each service, in which its names are. */
const RELAYS = { one: '198.51.100.1', two: '198.51.100.2', three: '198.51.100.3' };
const FORWARDED = '192.0.2.53';

const CATALOGUE: Catalogue = catalogueWith({
  services: [
    serviceWith({
      id: 'one',
      regions: ['one'],
      domains: ['one.example'],
      hosts: ['shared.cdn.example', 'one.two.example'],
      patterns: ['api-*.cloud.example', 'v*.bad.example', '*-one.cloud.example'],
      cdn: {
        domains: ['bytes.one.example', 'bytes.example'],
        hosts: ['host.bytes-shared.example', 'deep.cdn-host.one.example'],
        patterns: ['edge*x.bytes-cloud.example'],
      },
    }),
    serviceWith({
      id: 'two',
      regions: ['two'],
      domains: ['two.example', 'api-two.cloud.example'],
      hosts: ['below.shared.cdn.example'],
    }),
    serviceWith({ id: 'three', regions: ['three'], domains: ['cloud.example'] }),
  ],
  regions: Object.entries(RELAYS).map(([id, ipv4]) => regionWith({ id, relays: [relayWith({ ipv4 })] })),
  portal: portalWith({
    names: ['portal.vpn.example'],
    ipv4: ['192.0.2.80'],
    ipv6: ['2001:db8::80'],
    ipv4Names: ['ipv4.portal.vpn.example'],
    ipv6Names: ['ipv6.portal.vpn.example'],
  }),
});

let upstream: TestUpstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream?.close());

describe.each([true, false])('the names of a catalogue, with DNS_RELAY_CDN=%s:', (relaysCdn) => {
  let edge: TestEdge;
  const devices = new Map<string, UdpDevice>();
  beforeAll(async () => {
    const upstreams = [{ host: '127.0.0.1', port: upstream.port }];
    edge = await startTestEdge({ catalogue: CATALOGUE, relaysCdn, workers: 1, upstreams });
    edge.list(CLIENT, '46;-');
    for (const source of [CLIENT, UNLISTED]) devices.set(source, await UdpDevice.at(source, edge.port));
  });
  afterAll(async () => {
    for (const device of devices.values()) device.close();
    await edge?.close();
  });
  const ask = async (name: string, type: number = TYPES.A, source = CLIENT) =>
    decode(await devices.get(source)!.ask(query({ name, type })));

  const cdn = relaysCdn ? 'one' : null;
  it.each([
    ['one.example', 'one', 'a domain'],
    ['a.b.ONE.example', 'one', 'below a domain'],
    ['notone.example', null, 'only its last bytes are a domain'],
    ['shared.cdn.example', 'one', 'a host'],
    ['a.shared.cdn.example', null, 'below a host'],
    ['cdn.example', null, 'above a host'],
    ['below.shared.cdn.example', 'two', 'a host below a host'],
    ['one.two.example', 'one', 'a host below the domain of another service'],
    ['a.one.two.example', 'two', 'below that host'],
    ['api-7.cloud.example', 'one', 'a pattern, below the domain of another service'],
    ['api-.cloud.example', 'three', 'nothing stands for the star'],
    ['API-x-y.cloud.example', 'one', 'letter case is ignored'],
    ['a.api-7.cloud.example', 'three', 'below a name of the pattern'],
    ['api-two.cloud.example', 'two', 'a domain that the pattern matches, too'],
    ['x-one.cloud.example', 'one', 'a pattern with its star in front'],
    ['-one.cloud.example', 'three', 'nothing stands for the star'],
    ['v9.bad.example', 'one', 'a pattern that ends in its star'],
    ['v.bad.example', null, 'nothing stands for the star'],
    ['bytes.example', cdn, 'a domain that carries bytes'],
    ['a.bytes.example', cdn, 'below it'],
    ['a.bytes.one.example', cdn, 'below a domain that carries bytes, below a domain'],
    ['other.one.example', 'one', 'beside it'],
    ['host.bytes-shared.example', cdn, 'a host that carries bytes'],
    ['deep.cdn-host.one.example', cdn, 'a host that carries bytes, below a domain'],
    ['a.deep.cdn-host.one.example', 'one', 'below that host'],
    ['edge12x.bytes-cloud.example', cdn, 'a pattern of names that carry bytes'],
  ] as const)('%s leads to the relay of %s: %s', async (name, service, _why) => {
    const { answers } = await ask(name);
    expect(answers).toEqual([`A ${service === null ? FORWARDED : RELAYS[service]}`]);
  });

  it('the portal’s names have its addresses, each of its families only, for everybody', async () => {
    const a = ['A 192.0.2.80'];
    const aaaa = ['AAAA 2001:db8::80'];
    for (const source of [CLIENT, UNLISTED]) {
      for (const [name, ipv4, ipv6] of [
        ['portal.vpn.example', a, aaaa],
        ['ipv4.portal.vpn.example', a, []],
        ['ipv6.portal.vpn.example', [], aaaa],
      ] as const) {
        const edns = { options: Buffer.from([0, 12, 0, 200, ...Buffer.alloc(200)]) };
        const padded = (type: number) => devices.get(source)!.ask(query({ name, type, edns }));
        expect(decode(await padded(TYPES.A))).toMatchObject({ rcode: 'NOERROR', answers: ipv4 });
        expect(decode(await padded(TYPES.AAAA))).toMatchObject({ rcode: 'NOERROR', answers: ipv6 });
      }
    }
  });
});
