import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../src/catalogue/catalogue.js';
import type { Relay } from '../../../src/catalogue/regions.js';
import { RegionRelays } from '../../../src/dns/policy/region-relays.js';
import { Query } from '../../../src/dns/wire/query.js';
import { mixBytes } from '../../../src/lib/hash.js';
import { contains, type Prefix, parseAddress, parsePrefix } from '../../../src/lib/ip.js';
import { catalogueWith, portalWith, regionWith, relayWith, serviceWith } from '../../support/catalogue.js';
import { UdpDevice } from '../support/device.js';
import { decode, query, TYPES } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';

const IPV4_RELAYS = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'];
const SLASH_64 = '2001:db8:64:1::/64';

const NAMES = Array.from({ length: 400 }, (_, index) => `host${index}.stream.example`);
const SOURCES = Array.from({ length: 400 }, (_, index) => `192.0.${index >> 8}.${index & 255}`);

type Chosen = (name: string, source: string, type?: number) => string | undefined;

/** The address in the reply that a region of such relays gives a network for a name, on a node with this key. */
function choices(relays: readonly Relay[], key: readonly [number, number] = [1, 2]): Chosen {
  const region = new RegionRelays({ relays });
  const read = new Query(key);
  return (name, source, type = TYPES.A) => {
    const message = query({ name, type });
    read.read(message, message.length);
    const reply = region.reply(read, parseAddress(source)!);
    if (reply === null) return undefined;
    const head = Buffer.from([0, 0, 0x80, 0, 0, 1, 0, reply.answers, 0, 0, 0, 0]);
    return decode(Buffer.concat([head, message.subarray(12), reply.records])).answers[0];
  };
}

function countsOf(values: readonly (string | undefined)[]): number[] {
  const counts = new Map<string | undefined, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}

const four = IPV4_RELAYS.map((ipv4) => relayWith({ ipv4 }));
const without = (gone: string) => four.filter(({ ipv4 }) => ipv4 !== gone);

describe('the relay of a network and a name', () => {
  it('differs by name: a network has all relays, each for about as many names', () => {
    const chosen = choices(four);
    for (const source of ['192.0.2.1', '2001:db8:1:2::3']) {
      const counts = countsOf(NAMES.map((name) => chosen(name, source)));
      expect(counts).toHaveLength(4);
      for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(35);
    }
  });

  it('differs by network: a name has all relays, each for about as many networks', () => {
    const chosen = choices(four);
    const counts = countsOf(SOURCES.map((source) => chosen('www.stream.example', source)));
    expect(counts).toHaveLength(4);
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(35);
  });

  it('is another one for two of a service’s names in three of four networks', () => {
    const chosen = choices(four);
    const differ = SOURCES.filter(
      (source) => chosen('www.stream.example', source) !== chosen('api.stream.example', source),
    );
    expect(Math.abs(differ.length - 300)).toBeLessThan(35);
  });

  it('is the same on all nodes, after a restart, in any letter case and for the whole IPv6 /64', () => {
    const [one, other] = [choices(four, [1, 2]), choices(four, [77, -5])];
    for (const name of NAMES) {
      expect(other(name.toUpperCase(), '192.0.2.1')).toBe(one(name, '192.0.2.1'));
      expect(one(name, '2001:db8:1:2:aaaa::')).toBe(one(name, '2001:db8:1:2::3'));
    }
    // Another hash would move all devices to other relays once.
    const chosen = ['www', 'api', 'cdn', 'm'].map((label) => one(`${label}.stream.example`, '192.0.2.1'));
    expect(chosen.map((answer) => answer?.at(-1))).toEqual(['4', '1', '1', '1']);
  });

  it('moves only with a relay that goes or comes', () => {
    const [before, after] = [choices(four), choices(without('198.51.100.2'))];
    for (const name of NAMES) {
      const old = before(name, '192.0.2.1');
      const next = after(name, '192.0.2.1');
      if (old === 'A 198.51.100.2') expect(next).not.toBe(old);
      else expect(next).toBe(old);
    }
  });

  it('does not depend on the order in which the file of regions has them', () => {
    const [one, other] = [choices(four), choices(four.toReversed())];
    for (const name of NAMES) expect(other(name, '192.0.2.1')).toBe(one(name, '192.0.2.1'));
  });

  it('is one of those in service, and of all when none is', () => {
    const out = four.map((relay, index) => ({ ...relay, inService: index === 1 }));
    expect(countsOf(NAMES.map((name) => choices(out)(name, '192.0.2.1')))).toEqual([400]);
    const none = four.map((relay) => ({ ...relay, inService: false }));
    expect(countsOf(NAMES.map((name) => choices(none)(name, '192.0.2.1')))).toHaveLength(4);
  });

  it('is for AAAA one of those with IPv6', () => {
    const some = four.map((relay, index) => ({ ...relay, ipv6: index < 2 ? `2001:db8::${index}` : null }));
    const chosen = choices(some);
    const counts = countsOf(NAMES.map((name) => chosen(name, '192.0.2.1', TYPES.AAAA)));
    expect(counts).toHaveLength(2);
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(50);
    expect(choices(four)('www.stream.example', '192.0.2.1', TYPES.AAAA)).toBeUndefined();
  });
});

describe('a relay with a /64', () => {
  const relays = [relayWith({ ipv4: '198.51.100.1', ipv6: SLASH_64 })];

  it('has an address of its own for each name and each network, the same on all nodes', () => {
    const [one, other] = [choices(relays), choices(relays, [77, -5])];
    const found = new Set<string | undefined>();
    for (const name of NAMES) {
      for (const source of SOURCES.slice(0, 25)) {
        const address = one(name, source, TYPES.AAAA);
        expect(other(name, source, TYPES.AAAA)).toBe(address);
        found.add(address);
      }
    }
    expect(found.size).toBe(400 * 25);
    for (const address of found) {
      expect(contains(parsePrefix(SLASH_64) as Prefix, parseAddress(address!.slice('AAAA '.length))!)).toBe(
        true,
      );
    }
    expect(one('www.stream.example', '192.0.2.1', TYPES.AAAA)).toBe('AAAA 2001:db8:64:1:4885:ce7e:745:fa32');
  });

  it('is chosen among relays with one address by the same rule', () => {
    const mixed = [...relays, relayWith({ ipv4: '198.51.100.2', ipv6: '2001:db8::2' })];
    const chosen = choices(mixed);
    const fixed = NAMES.filter((name) => chosen(name, '192.0.2.1', TYPES.AAAA) === 'AAAA 2001:db8::2');
    expect(Math.abs(fixed.length - 200)).toBeLessThan(50);
  });
});

describe('on two nodes', () => {
  const catalogue: Catalogue = catalogueWith({
    services: [serviceWith({ id: 'stream', domains: ['stream.example'] })],
    regions: [
      regionWith({
        id: 'us',
        relays: four.map((relay, index) => ({ ...relay, ipv6: `2001:db8:64:${index}::/64` })),
      }),
    ],
    portal: portalWith({ names: ['portal.vpn.example'], ipv4: ['192.0.2.80'] }),
  });
  let nodes: TestEdge[];
  const devices: UdpDevice[] = [];
  beforeAll(async () => {
    nodes = [await startTestEdge({ catalogue, workers: 2 }), await startTestEdge({ catalogue })];
    for (const { port, list } of nodes) {
      list('127.0.0.40', '46;us');
      devices.push(await UdpDevice.at('127.0.0.40', port));
    }
  });
  afterAll(async () => {
    for (const device of devices) device.close();
    for (const node of nodes) await node.close();
  });

  it('a device gets the same relay, another one for another name, and over IPv6 always another address', async () => {
    const ask = async (device: UdpDevice, name: string, type: number) =>
      decode(await device.ask(query({ name, type }))).answers[0]!;
    for (const type of [TYPES.A, TYPES.AAAA]) {
      const found: string[] = [];
      for (const name of NAMES.slice(0, 50)) {
        const [one, other] = await Promise.all(devices.map((device) => ask(device, name, type)));
        expect(other).toBe(one);
        found.push(one!);
      }
      expect(new Set(found).size).toBe(type === TYPES.A ? 4 : 50);
    }
  });
});

it('the hash of a name is MurmurHash3', () => {
  const hash = (text: string, seed: number) => {
    const words = new Int32Array(16);
    // What stands behind the text makes no difference.
    new Uint8Array(words.buffer).fill(0xff).set(Buffer.from(text));
    return mixBytes(words, text.length, seed) >>> 0;
  };
  expect(hash('', 0)).toBe(0);
  expect(hash('', 1)).toBe(0x514e28b7);
  expect(hash('test', 0)).toBe(0xba6bd213);
  expect(hash('test', 0x9747b28c)).toBe(0x704b81dc);
  expect(hash('Hello, world!', 0x9747b28c)).toBe(0x24884cba);
  expect(hash('The quick brown fox jumps over the lazy dog', 0x9747b28c)).toBe(0x2fa826cd);
});
