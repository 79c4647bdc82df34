import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askOnce, type Transport, UdpDevice } from './device.js';
import { decode, type EdnsParts, ednsOption, nameOctets, query, TYPES } from './messages.js';
import { STRANGER, TABLE } from './table.js';
import { CATALOGUE, startTestEdge, type TestEdge } from './test-edge.js';
import { questionOf, startUpstream, type TestUpstream } from './upstream-server.js';

const LISTED = '127.0.0.7';
const RELAYED = 'www.stream.example';
const BOTH: readonly Transport[] = ['udp', 'tcp'];

describe.each([
  ['the portable transport', 0],
  ['threads that take batches', 2],
])('with UDP by %s:', (_, workers) => {
  let edge: TestEdge;
  let upstream: TestUpstream;
  beforeAll(async () => {
    upstream = await startUpstream();
    edge = await startTestEdge({ workers, upstreams: [{ host: '127.0.0.1', port: upstream.port }] });
    expect(edge.udpTransport).toBe(workers === 0 ? 'portable' : 'batches');
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  async function ask(source: string, message: Buffer, transport: Transport = 'udp') {
    return decode(await askOnce({ port: edge.port, source, transport }, message));
  }

  describe('what a device sees', () => {
    const cut = { answers: [], soa: undefined, ttl: undefined };
    const rows = TABLE.flatMap((row) =>
      BOTH.map((transport) => {
        const isCut = row.cutOverUdp === true && transport === 'udp';
        return { ...row, ...(isCut ? { ...cut, flags: `TC ${row.flags}` } : {}), transport };
      }),
    );
    it.each(rows)('from $source over $transport: $name $type → $rcode $answers', async (row) => {
      const message = query({ name: row.name, type: TYPES[row.type] });
      const answer = await ask(row.source, message, row.transport);
      expect(answer.rcode).toBe(row.rcode);
      expect(answer.flags).toBe(withRd(row.flags));
      expect(answer.answers).toEqual(row.answers ?? []);
      expect(answer.authority).toEqual(row.soa === undefined ? [] : [`SOA ${row.soa}`]);
      expect(new Set(answer.ttls)).toEqual(new Set(row.ttl === undefined ? [] : [row.ttl]));
      expect(answer.opt).toBeNull();
      expect(answer.id).toBe(0x1234);
      // The question comes back octet for octet, in the case in which it was asked.
      expect(answer.bytes.subarray(12, message.length)).toEqual(message.subarray(12));

      const withOpt = await ask(
        row.source,
        query({ name: row.name, type: TYPES[row.type], edns: { dnssecOk: true } }),
        row.transport,
      );
      expect(withOpt).toMatchObject({ rcode: row.rcode, answers: row.answers ?? [] });
      expect(withOpt.opt).toMatchObject({ udpPayloadSize: 1232, version: 0, dnssecOk: true });
    });

    function withRd(flags: string): string {
      const order = ['AA', 'TC', 'RD', 'RA', 'AD', 'CD'];
      return order.filter((flag) => flag === 'RD' || flags.split(' ').includes(flag)).join(' ');
    }

    it('copies RD and CD and never says AD of its own', async () => {
      const flagsOf = async (flags: number) => (await ask(LISTED, query({ name: RELAYED, flags }))).flags;
      expect(await flagsOf(0)).toBe('RA');
      expect(await flagsOf(0x0110)).toBe('RD RA CD');
      expect(await flagsOf(0x0120)).toBe('RD RA');
    });

    it('takes a label with a dot in it for one label', async () => {
      const dotted = Buffer.concat([Buffer.from([14]), Buffer.from('stream.example'), Buffer.from([0])]);
      expect((await ask(LISTED, query({ nameOctets: dotted }))).answers).toEqual(['A 192.0.2.53']);
      const below = Buffer.concat([Buffer.from([5]), Buffer.from('a.b.c'), nameOctets('stream.example')]);
      expect((await ask(LISTED, query({ nameOctets: below }))).answers).toEqual(['A 198.51.100.10']);
    });

    it('sends a client to the same relay, all clients to all relays, and none to one out of service', async () => {
      const relays = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'];
      const useRelays = (out: string | null) =>
        edge.useCatalogue({
          ...CATALOGUE,
          regions: [
            {
              id: 'us',
              name: 'United States',
              relays: relays.map((ipv4) => ({ ipv4, ipv6: null, inService: ipv4 !== out })),
            },
          ],
        });
      const relayOf = async (source: string) => (await ask(source, query({ name: RELAYED }))).answers[0];
      const sources = Array.from({ length: 40 }, (_, index) => `127.0.1.${index + 1}`);
      for (const source of sources) edge.list(source, 'us');

      useRelays(null);
      const before = await Promise.all(sources.map(relayOf));
      expect(new Set(before)).toEqual(new Set(relays.map((relay) => `A ${relay}`)));
      expect(await Promise.all(sources.map(relayOf))).toEqual(before);

      useRelays(relays[0]!);
      const after = await Promise.all(sources.map(relayOf));
      expect(after).not.toContain(`A ${relays[0]}`);
      // Only the clients of the relay that is gone have moved.
      const moved = sources.filter((_, index) => after[index] !== before[index]);
      expect(moved).toEqual(sources.filter((_, index) => before[index] === `A ${relays[0]}`));
      edge.useCatalogue(CATALOGUE);
    });

    it('uses all relays of a region in which none is in service', async () => {
      const [us] = CATALOGUE.regions;
      const relays = us!.relays.map((relay) => ({ ...relay, inService: false }));
      edge.useCatalogue({ ...CATALOGUE, regions: [{ ...us!, relays }] });
      expect((await ask(LISTED, query({ name: RELAYED }))).answers).toEqual(['A 198.51.100.10']);
      edge.useCatalogue(CATALOGUE);
    });

    it('stops answering a source from the moment it leaves the list, also what is cached', async () => {
      edge.list('127.0.0.50', 'us');
      const forwarded = query({ name: 'cached.example.org' });
      expect((await ask('127.0.0.50', forwarded)).rcode).toBe('NOERROR');
      edge.unlist('127.0.0.50');
      expect((await ask('127.0.0.50', forwarded)).rcode).toBe('REFUSED');
      expect((await ask('127.0.0.50', query({ name: RELAYED }))).rcode).toBe('REFUSED');
    });
  });

  describe('an edge that listens on IPv6', () => {
    it('knows an IPv4 source by its IPv4 address, and an IPv6 source by its own', async () => {
      const both = await startTestEdge({ listen: { host: '::', port: 0 } });
      both.list('::1', 'us');
      for (const transport of BOTH) {
        const from = async (source: string) => {
          const message = query({ name: RELAYED });
          return decode(await askOnce({ port: both.port, source, transport }, message)).rcode;
        };
        expect(await from('127.0.0.7')).toBe('NOERROR');
        expect(await from(STRANGER)).toBe('REFUSED');
        expect(await from('::1')).toBe('NOERROR');
        both.unlist('::1');
        expect(await from('::1')).toBe('REFUSED');
        both.list('::1', 'us');
      }
      await both.close();
    });
  });

  describe('messages that are not as they should be', () => {
    const name = RELAYED;
    const a = nameOctets(name);
    const faults: readonly [string, string, Buffer][] = [
      ['another class', 'REFUSED', query({ name, class: 3 })],
      ['the class ANY', 'REFUSED', query({ name, class: 255 })],
      ['version.bind in CHAOS', 'REFUSED', query({ name: 'version.bind', type: TYPES.TXT, class: 3 })],
      ['opcode NOTIFY', 'NOTIMP', query({ name, flags: 0x2000 })],
      ['opcode UPDATE', 'NOTIMP', query({ name, flags: 0x2800 })],
      ['an opcode that does not exist', 'NOTIMP', query({ name, flags: 0x7800 })],
      ['no question', 'FORMERR', query({ name, counts: [0, 0, 0, 0] })],
      [
        'two questions',
        'FORMERR',
        query({ name, counts: [2, 0, 0, 0], rest: Buffer.concat([a, Buffer.from([0, 1, 0, 1])]) }),
      ],
      ['a header alone', 'FORMERR', query({ name }).subarray(0, 12)],
      ['a name that is cut off', 'FORMERR', query({ name }).subarray(0, 20)],
      ['a question without its class', 'FORMERR', query({ name }).subarray(0, 12 + a.length + 2)],
      ['a pointer in the question', 'FORMERR', query({ nameOctets: Buffer.from([0xc0, 12]) })],
      ['a reserved label type', 'FORMERR', query({ nameOctets: Buffer.from([0x41, 0, 0]) })],
      ['a name of 256 octets', 'FORMERR', query({ nameOctets: longName(256) })],
      ['a record in the answer section', 'FORMERR', query({ name, counts: [1, 1, 0, 0], edns: {} })],
      ['an additional record that is missing', 'FORMERR', query({ name, counts: [1, 0, 0, 1] })],
      [
        'an additional record that is cut off',
        'FORMERR',
        query({ name, edns: { options: Buffer.alloc(8) } }).subarray(0, -1),
      ],
      ['two OPT records', 'FORMERR', query({ name, edns: [{}, {}] })],
      ['an OPT record that has a name', 'FORMERR', query({ name, edns: { owner: a } })],
      [
        'EDNS options that do not fill their record',
        'FORMERR',
        query({ name, edns: { options: Buffer.from([0, 3, 0, 9]) } }),
      ],
      ['the type TSIG in a question', 'FORMERR', query({ name, type: 250 })],
      ['the type OPT in a question', 'FORMERR', query({ name, type: TYPES.OPT })],
      ['EDNS version 1', '16', query({ name, edns: { version: 1 } })],
      [
        'IXFR with the SOA that it carries',
        'REFUSED',
        query({ name, type: TYPES.IXFR, counts: [1, 0, 1, 0], edns: {} }),
      ],
      [
        'more octets than a query may have',
        'FORMERR',
        query({ name, edns: { options: ednsOption(12, Buffer.alloc(4100)) } }),
      ],
    ];

    it.each(faults)('a listed source with %s gets %s', async (_, rcode, message) => {
      const answer = await ask(LISTED, message);
      expect(answer.rcode).toBe(rcode);
      expect(answer.id).toBe(0x1234);
      expect(answer.answers).toEqual([]);
    });

    it.each(faults)(
      'a source that is not listed, with %s, is refused in no more octets',
      async (_, __, message) => {
        const answer = await ask(STRANGER, message);
        expect(answer.rcode).toBe('REFUSED');
        expect(answer.bytes.length).toBeLessThanOrEqual(message.length);
      },
    );

    it('accepts the longest name that there can be', async () => {
      expect((await ask(LISTED, query({ nameOctets: longName(255) }))).rcode).toBe('NOERROR');
    });

    it.each([
      ['a response', query({ name, flags: 0x8180 })],
      ['eleven octets', query({ name }).subarray(0, 11)],
      ['nothing at all', Buffer.alloc(0)],
    ])('answers %s with silence', async (_, message) => {
      for (const source of [LISTED, STRANGER]) {
        const device = await UdpDevice.at(source, edge.port);
        device.send(message);
        // The edge takes datagrams in order, so the answer to the second one tells that there is none to the first.
        expect((await device.ask(query({ name, id: 2 }))).readUInt16BE(0)).toBe(2);
        device.close();
      }
    });

    function longName(length: number): Buffer {
      const labels = [63, 63, 63, length - 194].map((size) =>
        Buffer.from([size, ...Buffer.alloc(size, 'a')]),
      );
      return Buffer.concat([...labels, Buffer.from([0])]);
    }
  });

  describe('EDNS', () => {
    const big = 'big.example.org';
    const payload = async (edns: Partial<EdnsParts> | undefined, transport: Transport = 'udp') => {
      const parts = { name: big, type: TYPES.TXT };
      return ask(LISTED, query(edns === undefined ? parts : { ...parts, edns }), transport);
    };
    beforeAll(() => {
      const usual = upstream.script;
      upstream.script = async (asked) => {
        if (asked.name.toLowerCase() !== big) return usual(asked) as Buffer;
        // 20 strings of 50 octets: more than 512 and fewer than 1232.
        const head = Buffer.concat([asked.bytes.subarray(0, 12), questionOf(asked.bytes)]);
        head.writeUInt16BE(0x8180, 2);
        head.writeUInt16BE(1, 6);
        head.writeUInt16BE(0, 10);
        const data = Buffer.concat(
          Array.from({ length: 20 }, () => Buffer.from([49, ...Buffer.alloc(49, 'x')])),
        );
        const fixed = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0, data.length >> 8, data.length & 255]);
        return Buffer.concat([head, fixed, data]);
      };
    });

    it('cuts an answer of more than 512 octets for a client without EDNS, with TC', async () => {
      const answer = await payload(undefined);
      expect(answer).toMatchObject({ flags: 'TC RD RA', answers: [], opt: null });
      expect(answer.bytes.length).toBeLessThanOrEqual(512);
    });

    it('keeps OPT in an answer that it cuts', async () => {
      const answer = await payload({ payloadSize: 600 });
      expect(answer).toMatchObject({ flags: 'TC RD RA', answers: [], opt: { udpPayloadSize: 1232 } });
    });

    it('takes a payload size below 512 for 512', async () => {
      expect((await payload({ payloadSize: 10 })).flags).toContain('TC');
    });

    it('sends the whole answer to a client that can take it, and over TCP to any', async () => {
      expect((await payload({ payloadSize: 4096 })).answers).toHaveLength(1);
      expect((await payload(undefined, 'tcp')).answers).toHaveLength(1);
    });

    it('cuts an answer of its own that is too long, too', async () => {
      const ipv4 = Array.from({ length: 60 }, (_, index) => `192.0.2.${index}`);
      edge.useCatalogue({ ...CATALOGUE, portal: { ...CATALOGUE.portal, ipv4 } });
      const message = query({ name: 'portal.vpn.example' });
      expect(await ask(STRANGER, message)).toMatchObject({ flags: 'TC RD', answers: [] });
      expect((await ask(STRANGER, message, 'tcp')).answers).toHaveLength(60);
      edge.useCatalogue(CATALOGUE);
    });

    it('ignores options that it does not know and sends none back', async () => {
      const options = Buffer.concat([
        ednsOption(65_001, Buffer.alloc(8, 1)),
        ednsOption(8, Buffer.from([0, 1, 24, 0, 192, 0, 2])),
      ]);
      const answer = await ask(LISTED, query({ name: RELAYED, edns: { options } }));
      expect(answer).toMatchObject({ answers: ['A 198.51.100.10'], opt: { options: [] } });
    });
  });
});
