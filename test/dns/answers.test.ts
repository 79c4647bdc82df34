import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { regionWith, relayWith } from '../support/catalogue.js';
import { askOnce, type Transport } from './support/device.js';
import { decode, nameBytes, query, TYPES } from './support/messages.js';
import { TABLE, UNLISTED } from './support/table.js';
import { CATALOGUE, startTestEdge, type TestEdge, UDP_TRANSPORTS } from './support/test-edge.js';
import { startUpstream, type TestUpstream } from './support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const RELAYED = 'www.stream.example';
const BOTH: readonly Transport[] = ['udp', 'tcp'];

describe.each(UDP_TRANSPORTS)('with UDP by %s:', (_, workers) => {
  let edge: TestEdge;
  let upstream: TestUpstream;
  beforeAll(async () => {
    upstream = await startUpstream();
    edge = await startTestEdge({ workers, upstreams: [{ host: '127.0.0.1', port: upstream.port }] });
    expect(edge.udpTransport).toBe(workers === 0 ? 'fallback' : 'batches');
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
      // The question comes back byte for byte, in the case in which it was asked.
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

    it('treats a label that contains a dot as one label', async () => {
      const dotted = Buffer.concat([Buffer.from([14]), Buffer.from('stream.example'), Buffer.from([0])]);
      expect((await ask(ALLOWED, query({ nameBytes: dotted }))).answers).toEqual(['A 192.0.2.53']);
      const below = Buffer.concat([Buffer.from([5]), Buffer.from('a.b.c'), nameBytes('stream.example')]);
      expect((await ask(ALLOWED, query({ nameBytes: below }))).answers).toEqual(['A 198.51.100.10']);
    });

    it('sends a client to the same relay, all clients to all relays, and none to one out of service', async () => {
      const relays = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'];
      const useRelays = (out: string | null) =>
        edge.useCatalogue({
          ...CATALOGUE,
          regions: [
            regionWith({
              id: 'us',
              relays: relays.map((ipv4) => relayWith({ ipv4, inService: ipv4 !== out })),
            }),
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
      expect((await ask(ALLOWED, query({ name: RELAYED }))).answers).toEqual(['A 198.51.100.10']);
      edge.useCatalogue(CATALOGUE);
    });

    it('refuses a client from the moment it is removed, also for names in the cache', async () => {
      edge.list('127.0.0.50', 'us');
      const forwarded = query({ name: 'cached.example.org' });
      expect((await ask('127.0.0.50', forwarded)).rcode).toBe('NOERROR');
      edge.unlist('127.0.0.50');
      expect((await ask('127.0.0.50', forwarded)).rcode).toBe('REFUSED');
      expect((await ask('127.0.0.50', query({ name: RELAYED }))).rcode).toBe('REFUSED');
    });
  });

  it('forwards the canary names of Private Relay and Firefox when it is configured so', async () => {
    const upstreams = [{ host: '127.0.0.1', port: upstream.port }];
    const forwarding = await startTestEdge({ workers, upstreams, answersCanaries: false });
    const asked = { port: forwarding.port, source: ALLOWED, transport: 'udp' } as const;
    // A new catalogue changes nothing of it.
    for (const catalogue of [CATALOGUE, { ...CATALOGUE }]) {
      forwarding.useCatalogue(catalogue);
      for (const name of ['mask.icloud.com', 'mask-h2.icloud.com', 'use-application-dns.net']) {
        expect(decode(await askOnce(asked, query({ name }))).answers).toEqual(['A 192.0.2.53']);
      }
    }
    await forwarding.close();
  });

  describe('an edge that listens on IPv6', () => {
    it('recognises IPv4 clients by their IPv4 address, and IPv6 clients by their own', async () => {
      const both = await startTestEdge({ listen: { host: '::', port: 0 } });
      both.list('::1', 'us');
      for (const transport of BOTH) {
        const from = async (source: string) => {
          const message = query({ name: RELAYED });
          return decode(await askOnce({ port: both.port, source, transport }, message)).rcode;
        };
        expect(await from('127.0.0.7')).toBe('NOERROR');
        expect(await from(UNLISTED)).toBe('REFUSED');
        expect(await from('::1')).toBe('NOERROR');
        both.unlist('::1');
        expect(await from('::1')).toBe('REFUSED');
        both.list('::1', 'us');
      }
      await both.close();
    });
  });
});
