import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { EdgeLimits } from '../../../src/dns/edge-options.js';
import { readProxyHeader } from '../../../src/dns/transport/proxy-protocol.js';
import { formatAddress, type Prefix, parsePrefix } from '../../../src/lib/ip.js';
import { makeCertificate } from '../../support/certificate.js';
import { framed, TcpDevice, UdpDevice } from '../support/device.js';
import { decode, query, TYPES } from '../support/messages.js';
import { LOCAL_HEADER, type ProxyHeaderParts, proxyHeader } from '../support/proxy-header.js';
import { type Connecting, connectFrom, DohDevice, dotDevice, ended } from '../support/stream-devices.js';
import { startTestEdge, type TestEdge, type TestEdgeOptions, UDP_TRANSPORTS } from '../support/test-edge.js';
import { startUpstream } from '../support/upstream-server.js';

const AFTER = Buffer.from('bytes of the client');

describe('a PROXY header', () => {
  const sound: readonly [string, ProxyHeaderParts, string][] = [
    ['TCP over IPv4', { source: '192.0.2.7', family: 0x11 }, '192.0.2.7'],
    ['UDP over IPv4', { source: '192.0.2.7', family: 0x12 }, '192.0.2.7'],
    ['TCP over IPv6', { source: '2001:db8::7', family: 0x21 }, '2001:db8::7'],
    ['UDP over IPv6', { source: '2001:db8::7', family: 0x22 }, '2001:db8::7'],
    ['an IPv4 address in IPv6 form', { source: '::ffff:c000:207' }, '192.0.2.7'],
    [
      'type-length-value parts',
      { source: '192.0.2.7', rest: Buffer.from([4, 0, 3, 1, 2, 3, 0xea, 0, 0]) },
      '192.0.2.7',
    ],
    ['the most bytes that it may have', { source: '192.0.2.7', rest: Buffer.alloc(4096 - 28) }, '192.0.2.7'],
  ];

  it.each(sound)(
    'with %s names the source, and is incomplete at every byte before its end',
    (_, parts, source) => {
      const bytes = proxyHeader(parts);
      const read = readProxyHeader(Buffer.concat([bytes, AFTER]));
      if (typeof read === 'string' || read.source === null) throw new Error('no source');
      expect({ length: read.length, source: formatAddress(read.source) }).toEqual({
        length: bytes.length,
        source,
      });
      expect(readProxyHeader(bytes)).toEqual(read);
      for (let length = 0; length < bytes.length; length++) {
        expect(readProxyHeader(bytes.subarray(0, length))).toBe('incomplete');
      }
    },
  );

  it.each([
    ['nothing else', LOCAL_HEADER],
    ['addresses', proxyHeader({ source: '192.0.2.7', command: 0x20 })],
    ['a family that there is not', proxyHeader({ source: '192.0.2.7', command: 0x20, family: 0xff })],
  ])('with the command LOCAL and %s names none', (_, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ length: bytes.length, source: null });
    for (let length = 0; length < bytes.length; length++) {
      expect(readProxyHeader(bytes.subarray(0, length))).toBe('incomplete');
    }
  });

  const source = '192.0.2.7';
  it.each([
    ['of version 1', Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.7 40000 53\r\n')],
    ['of version 3', proxyHeader({ source, command: 0x31 })],
    ['with a command that there is not', proxyHeader({ source, command: 0x22 })],
    ['without a family', proxyHeader({ source, family: 0x00 })],
    ['with a family without a transport', proxyHeader({ source, family: 0x10 })],
    ['of a UNIX socket', proxyHeader({ source, family: 0x31 })],
    ['too short for its addresses', proxyHeader({ source, length: 11 })],
    ['too short for addresses of IPv6', proxyHeader({ source: '2001:db8::7', length: 35 })],
    ['longer than any', proxyHeader({ source, rest: Buffer.alloc(4097 - 28) })],
    ['that is a DNS message', framed(query({ name: 'www.stream.example' }))],
    ['that is a TLS handshake', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0])],
  ])('%s is malformed', (_, bytes) => {
    expect(readProxyHeader(bytes)).toBe('malformed');
  });

  it('is malformed from its first wrong byte on', () => {
    const bytes = proxyHeader({ source });
    for (let at = 0; at < 13; at++) {
      const wrong = Buffer.from(bytes.subarray(0, at + 1));
      wrong[at]! ^= 0x80;
      expect(readProxyHeader(wrong)).toBe('malformed');
    }
  });

  it('of whatever bytes is read without a fault, and ends within them', () => {
    const almost = fc
      .tuple(
        fc.constantFrom(proxyHeader({ source }), proxyHeader({ source: '2001:db8::7' }), LOCAL_HEADER),
        fc.array(fc.tuple(fc.integer({ min: 12, max: 51 }), fc.nat(255)), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([header, changes, rest]) => {
        const bytes = Buffer.concat([header, rest]);
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(almost, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const read = readProxyHeader(bytes);
        if (typeof read === 'string') expect(['incomplete', 'malformed']).toContain(read);
        else expect(read.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 5000, seed: 20_261_123 },
    );
  });
});

const LISTED = '127.0.0.7';
const STRANGER = '127.0.0.66';
const BALANCER = '127.0.0.100';
const RELAYED = query({ name: 'www.stream.example' });

let edge: TestEdge;
const opened: { close(): void }[] = [];
afterEach(async () => {
  for (const device of opened.splice(0)) device.close();
  await edge?.close();
});

async function start(options: TestEdgeOptions = {}, tcp: Partial<EdgeLimits['tcp']> = {}): Promise<void> {
  const free = { host: '127.0.0.1', port: 0 };
  edge = await startTestEdge({
    balancers: ['127.0.0.96/29', '127.0.1.1'].map((text) => parsePrefix(text) as Prefix),
    secure: { certificate: makeCertificate(), dot: free, doh: free },
    limits: {
      tcp: { connections: 100, connectionsPerSource: 50, idleMs: 10_000, inFlight: 4, ...tcp },
      handshakeMs: 5000,
    },
    ...options,
  });
}

async function device(connecting: Omit<Connecting, 'port'>): Promise<TcpDevice> {
  const opening = new TcpDevice(await connectFrom({ ...connecting, port: edge.tcpPort }));
  opened.push(opening);
  return opening;
}

const rcodeOf = async (asking: TcpDevice) => decode(await asking.ask(RELAYED)).rcode;

describe.each(UDP_TRANSPORTS)('a datagram, by %s,', (_, workers) => {
  const upstreams = async () => [{ host: '127.0.0.1', port: (await startedUpstream()).port }];
  const startedUpstream = async () => {
    const upstream = await startUpstream();
    opened.push(upstream);
    return upstream;
  };
  const udp = async (source: string) => {
    const opening = await UdpDevice.at(source, edge.port);
    opened.push(opening);
    return opening;
  };

  it('from a balancer is answered as its source is, and fetched for', async () => {
    await start({ workers, upstreams: await upstreams() });
    const balancer = await udp(BALANCER);
    const ask = async (source: string, message = RELAYED) =>
      decode(await balancer.ask(Buffer.concat([proxyHeader({ source, family: 0x12 }), message])));
    expect((await ask(LISTED)).answers).toEqual(['A 198.51.100.10']);
    expect((await ask('127.0.0.8')).answers).toEqual(['A 198.51.100.30']);
    expect((await ask(STRANGER)).rcode).toBe('REFUSED');
    const cold = query({ name: 'cold.example.org', type: TYPES.AAAA });
    expect((await ask(LISTED, cold)).answers).toEqual(['AAAA 2001:db8::53']);
    expect(decode(await balancer.ask(Buffer.concat([LOCAL_HEADER, RELAYED]))).rcode).toBe('REFUSED');
  });

  it('from a balancer without a sound header hears nothing', async () => {
    await start({ workers });
    edge.list(BALANCER, 'us');
    const balancer = await udp(BALANCER);
    balancer.send(RELAYED);
    balancer.send(proxyHeader({ source: LISTED }).subarray(0, 20));
    const sound = query({ name: 'www.stream.example', id: 99 });
    const answer = await balancer.ask(Buffer.concat([proxyHeader({ source: LISTED, family: 0x12 }), sound]));
    expect(decode(answer).id).toBe(99);
  });

  it('from a stranger is a stranger’s, whatever its header says', async () => {
    await start({ workers });
    const stranger = await udp(STRANGER);
    const forged = Buffer.concat([proxyHeader({ source: LISTED, family: 0x12 }), RELAYED]);
    // The signature has the bit of a response set nowhere, so it is read as a query: a broken one.
    expect(decode(await stranger.ask(forged))).toMatchObject({ rcode: 'REFUSED', answers: [] });
  });
});

describe('a connection from a balancer', () => {
  it.each([
    ['listed', LISTED, 'NOERROR'],
    ['not listed', STRANGER, 'REFUSED'],
  ])('is answered as its source is, over TCP, DoT and DoH: one that is %s', async (_, source, rcode) => {
    await start();
    const header = proxyHeader({ source });
    expect(await rcodeOf(await device({ source: BALANCER, header }))).toBe(rcode);
    const dot = await dotDevice({ source: '127.0.1.1', port: edge.dotPort, header });
    opened.push(dot);
    expect(await rcodeOf(dot)).toBe(rcode);
    const doh = await DohDevice.at({ source: BALANCER, port: edge.dohPort, header });
    opened.push(doh);
    expect(decode((await doh.post(RELAYED)).body).rcode).toBe(rcode);
  });

  it('may bring the header byte by byte, and the question in the same segment', async () => {
    await start();
    const dripping = await device({ source: BALANCER });
    dripping.socket.setNoDelay(true);
    for (const byte of proxyHeader({ source: LISTED })) dripping.socket.write(Buffer.from([byte]));
    expect(await rcodeOf(dripping)).toBe('NOERROR');

    const all = Buffer.concat([proxyHeader({ source: LISTED }), framed(RELAYED), framed(RELAYED)]);
    const whole = await device({ source: BALANCER });
    whole.socket.end(all);
    expect(decode(await whole.next()).rcode).toBe('NOERROR');
    expect(decode(await whole.next()).rcode).toBe('NOERROR');
    await once(whole.socket, 'close');
  });

  it('speaks for the balancer itself with the command LOCAL', async () => {
    await start();
    expect(await rcodeOf(await device({ source: BALANCER, header: LOCAL_HEADER }))).toBe('REFUSED');
    edge.list(BALANCER, 'us');
    expect(await rcodeOf(await device({ source: BALANCER, header: LOCAL_HEADER }))).toBe('NOERROR');
  });

  it.each([
    ['a question instead of a header', framed(RELAYED)],
    ['a header that names no address', proxyHeader({ source: LISTED, family: 0x31 })],
  ])('is cut at %s, and counted', async (_, header) => {
    await start();
    edge.list(BALANCER, 'us');
    const cut = await device({ source: BALANCER, header });
    await expect(cut.next()).rejects.toThrow('closed');
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain('dns_connections_failed_total{transport="tcp",stage="proxy-header"} 1');
    expect(metrics).toContain('dns_tcp_connections 0');
  });

  it('is cut when its header does not come in time, however it drips, or never will', async () => {
    await start({ limits: { handshakeMs: 200 } });
    const silent = await device({ source: BALANCER });
    const dripping = await device({ source: BALANCER });
    const bytes = [...proxyHeader({ source: LISTED, rest: Buffer.alloc(1000) })];
    const drip = setInterval(() => dripping.socket.write(Buffer.from([bytes.shift()!])), 20);
    const breaking = await device({ source: BALANCER, header: LOCAL_HEADER.subarray(0, 5) });
    breaking.socket.end();
    await Promise.all([silent, dripping, breaking].map(({ socket }) => ended(socket)));
    clearInterval(drip);
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('counts for its source, not for the balancer: one more takes the place of one of its own', async () => {
    await start({}, { connectionsPerSource: 2 });
    const through = (source: string) => device({ source: BALANCER, header: proxyHeader({ source }) });
    const own = [await through(LISTED), await through(LISTED)];
    for (const each of own) expect(await rcodeOf(each)).toBe('NOERROR');
    const other = await through('127.0.0.8');
    expect(await rcodeOf(other)).toBe('NOERROR');
    for (const [index, opening] of [through(LISTED), device({ source: LISTED })].entries()) {
      expect(await rcodeOf(await opening)).toBe('NOERROR');
      await expect(own[index]!.next()).rejects.toThrow('closed');
    }
    expect(await rcodeOf(other)).toBe('NOERROR');
    expect(await edge.registry.metrics()).toContain('dns_tcp_connections 3');
  });

  it('takes no place of a listed source when its own is not listed', async () => {
    await start({}, { connections: 4 });
    const through = (source: string) => device({ source: BALANCER, header: proxyHeader({ source }) });
    const listed = [await through(LISTED), await through(LISTED)];
    for (const each of listed) expect(await rcodeOf(each)).toBe('NOERROR');
    const strangers = [await through(STRANGER), await through(STRANGER)];
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 4');
    expect(await rcodeOf(await through(STRANGER))).toBe('REFUSED');
    const gone = strangers.map((each) => expect(each.next()).rejects.toThrow('closed'));
    await Promise.any(gone);
    for (const each of listed) expect(await rcodeOf(each)).toBe('NOERROR');
  });

  it('waits no longer for its header when the edge stops', async () => {
    await start();
    const waiting = await device({ source: BALANCER });
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 1');
    await edge.close();
    await expect(waiting.next()).rejects.toThrow('closed');
  });
});

describe('a PROXY header from a stranger', () => {
  it('is not believed, on any transport', async () => {
    await start();
    const header = proxyHeader({ source: LISTED });
    // 0x0d0a, its first two bytes, are the length of a message: what follows waits for the rest of it.
    const tcp = await device({ source: STRANGER, header });
    tcp.socket.end(framed(RELAYED));
    await expect(tcp.next()).rejects.toThrow('closed');
    await expect(dotDevice({ source: STRANGER, port: edge.dotPort, header })).rejects.toThrow();
    await expect(DohDevice.at({ source: STRANGER, port: edge.dohPort, header })).rejects.toThrow();
    expect(await rcodeOf(await device({ source: STRANGER }))).toBe('REFUSED');
  });

  it('is not believed when no balancer is configured', async () => {
    await start({ balancers: [] });
    const tcp = await device({ source: BALANCER, header: proxyHeader({ source: LISTED }) });
    tcp.socket.end(framed(RELAYED));
    await expect(tcp.next()).rejects.toThrow('closed');
  });
});
