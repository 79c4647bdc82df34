import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UdpDevice } from '../support/device.js';
import { decode, query, TYPES } from '../support/messages.js';
import { CATALOGUE, startTestEdge, type TestEdge, UDP_TRANSPORTS } from '../support/test-edge.js';

const IPV4 = '127.0.0.40';
const IPV6 = '::1';
/** Regions of the catalogue: `us` has a relay with IPv6, `br` has none. */
const RELAYS = {
  us: { a: ['A 198.51.100.10'], aaaa: ['AAAA 2001:db8:10::1'] },
  br: { a: ['A 198.51.100.30'], aaaa: [] },
} as const;

const ROWS = (['4', '6', '46'] as const).flatMap((families) =>
  (['us', 'br'] as const).flatMap((region) =>
    [IPV4, IPV6].flatMap((source) =>
      (['A', 'AAAA', 'HTTPS'] as const).map((type) => {
        const { a, aaaa } = RELAYS[region];
        const isIn = (family: string) => families.includes(family);
        const answers = type === 'A' && isIn('4') ? a : type === 'AAAA' && isIn('6') ? aaaa : [];
        return { families, region, source, type, answers };
      }),
    ),
  ),
);

describe.each(UDP_TRANSPORTS)('a streaming name, with UDP by %s,', (_, workers) => {
  let edge: TestEdge;
  const devices = new Map<string, UdpDevice>();
  beforeAll(async () => {
    edge = await startTestEdge({ workers, listen: { host: '::', port: 0 } });
    for (const source of [IPV4, IPV6]) devices.set(source, await UdpDevice.at(source, edge.port));
  });
  afterAll(async () => {
    for (const device of devices.values()) device.close();
    await edge?.close();
  });

  const ask = async (source: string, type: number) =>
    decode(await devices.get(source)!.ask(query({ name: 'www.stream.example', type })));

  it.each(ROWS)(
    'of a network with IPv$families, asked for $type from $source, with a relay in $region: $answers',
    async ({ families, region, source, type, answers }) => {
      edge.list(source, `${families};${region}`);
      expect(await ask(source, TYPES[type])).toMatchObject({
        rcode: 'NOERROR',
        answers,
        authority: answers.length === 0 ? ['SOA stream.example 60'] : [],
      });
    },
  );

  it('is refused over the family that a network has not', async () => {
    edge.list(IPV4, '4;us');
    edge.unlist(IPV6);
    for (const type of ['A', 'AAAA', 'HTTPS'] as const) {
      expect((await ask(IPV6, TYPES[type])).rcode).toBe('REFUSED');
      expect((await ask(IPV4, TYPES[type])).rcode).toBe('NOERROR');
    }
  });

  it('gets another answer from the moment on at which its network has another profile', async () => {
    const answers = async () => [(await ask(IPV4, TYPES.A)).answers, (await ask(IPV4, TYPES.AAAA)).answers];
    edge.list(IPV4, '4;us');
    expect(await answers()).toEqual([['A 198.51.100.10'], []]);
    edge.list(IPV4, '46;us;never-seen=us');
    expect(await answers()).toEqual([['A 198.51.100.10'], ['AAAA 2001:db8:10::1']]);
    edge.list(IPV4, '46;us;stream=br');
    expect(await answers()).toEqual([['A 198.51.100.30'], []]);
    edge.list(IPV4, '6;-');
    expect(await answers()).toEqual([[], ['AAAA 2001:db8:10::1']]);
  });

  it('never gets the address of a relay out of service for its IPv6', async () => {
    edge.list(IPV6, '46;br');
    const [us, br] = CATALOGUE.regions;
    const relays = br!.relays.map((relay) => ({ ...relay, ipv6: relay.inService ? null : '2001:db8:31::1' }));
    edge.useCatalogue({ ...CATALOGUE, regions: [us!, { ...br!, relays }] });
    expect((await ask(IPV6, TYPES.AAAA)).answers).toEqual([]);
    expect((await ask(IPV6, TYPES.A)).answers).toEqual(['A 198.51.100.30']);
    edge.useCatalogue(CATALOGUE);
  });
});
