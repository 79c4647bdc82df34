import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { EdgeLimits } from '../../../src/dns/edge-options.js';
import { readProxyHeader } from '../../../src/dns/transport/proxy-protocol.js';
import { formatAddress, type Prefix, parsePrefix } from '../../../src/lib/ip.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { framed, TcpDevice, UdpDevice } from '../support/device.js';
import { decode, query, TYPES } from '../support/messages.js';
import { LOCAL_HEADER, type ProxyHeaderParts, proxyHeader } from '../support/proxy-header.js';
import { type Connecting, connectFrom, DohDevice, dotDevice, ended } from '../support/stream-devices.js';
import { startTestEdge, type TestEdge, type TestEdgeOptions, UDP_TRANSPORTS } from '../support/test-edge.js';
import { startUpstream } from '../support/upstream-server.js';

const AFTER = Buffer.from('bytes of the client');

describe('a PROXY header', () => {
  const ipv4 = { source: '192.0.2.7', destination: '192.0.2.53' };
  const ipv6 = { source: '2001:db8::7', destination: '2001:db8::53' };
  const sound: readonly [string, ProxyHeaderParts, typeof ipv4][] = [
    ['TCP over IPv4', { ...ipv4, family: 0x11 }, ipv4],
    ['UDP over IPv4', { ...ipv4, family: 0x12 }, ipv4],
    ['TCP over IPv6', { ...ipv6, family: 0x21 }, ipv6],
    ['UDP over IPv6', { ...ipv6, family: 0x22 }, ipv6],
    ['IPv4 addresses in IPv6 form', { source: '::ffff:c000:207', destination: '::ffff:c000:235' }, ipv4],
    ['type-length-value parts', { ...ipv4, rest: Buffer.from([4, 0, 3, 1, 2, 3, 0xea, 0, 0]) }, ipv4],
    ['the most bytes that it may have', { ...ipv4, rest: Buffer.alloc(4096 - 28) }, ipv4],
  ];

  it.each(sound)(
    'with %s names source and destination, and is incomplete at every byte before its end',
    (_, parts, { source, destination }) => {
      const bytes = proxyHeader(parts);
      const read = readProxyHeader(Buffer.concat([bytes, AFTER]));
      if (typeof read === 'string' || read.route === null) throw new Error('no addresses');
      expect(read.length).toBe(bytes.length);
      expect(formatAddress(read.route.source)).toBe(source);
      expect(formatAddress(read.route.server)).toBe(destination);
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
  ])('with the command LOCAL and %s names no addresses', (_, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ length: bytes.length, route: null });
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

  it('is malformed from its first invalid byte on', () => {
    const bytes = proxyHeader({ source });
    for (let at = 0; at < 13; at++) {
      const wrong = Buffer.from(bytes.subarray(0, at + 1));
      wrong[at]! ^= 0x80;
      expect(readProxyHeader(wrong)).toBe('malformed');
    }
  });

  it('is parsed without an exception from any bytes, and ends within them', () => {
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

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';
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

  it('from a balancer is answered for its source, cache misses included', async () => {
    await start({ workers, upstreams: await upstreams() });
    const balancer = await udp(BALANCER);
    const ask = async (source: string, message = RELAYED) =>
      decode(await balancer.ask(Buffer.concat([proxyHeader({ source, family: 0x12 }), message])));
    expect((await ask(ALLOWED)).answers).toEqual(['A 198.51.100.10']);
    expect((await ask('127.0.0.8')).answers).toEqual(['A 198.51.100.30']);
    expect((await ask(UNLISTED)).rcode).toBe('REFUSED');
    const cold = query({ name: 'cold.example.org', type: TYPES.AAAA });
    expect((await ask(ALLOWED, cold)).answers).toEqual(['AAAA 2001:db8::53']);
    expect(decode(await balancer.ask(Buffer.concat([LOCAL_HEADER, RELAYED]))).rcode).toBe('REFUSED');
  });

  it('from a balancer without a valid header gets no response', async () => {
    await start({ workers });
    edge.list(BALANCER, 'us');
    const balancer = await udp(BALANCER);
    balancer.send(RELAYED);
    balancer.send(proxyHeader({ source: ALLOWED }).subarray(0, 20));
    const sound = query({ name: 'www.stream.example', id: 99 });
    const answer = await balancer.ask(Buffer.concat([proxyHeader({ source: ALLOWED, family: 0x12 }), sound]));
    expect(decode(answer).id).toBe(99);
  });

  it('from another peer is answered for that peer, whatever its header states', async () => {
    await start({ workers });
    const unlisted = await udp(UNLISTED);
    const forged = Buffer.concat([proxyHeader({ source: ALLOWED, family: 0x12 }), RELAYED]);
    // The signature has the bit of a response set nowhere, so it is read as a query: a broken one.
    expect(decode(await unlisted.ask(forged))).toMatchObject({ rcode: 'REFUSED', answers: [] });
  });
});

describe('a connection from a balancer', () => {
  it.each([
    ['listed', ALLOWED, 'NOERROR'],
    ['not listed', UNLISTED, 'REFUSED'],
  ])('is answered for its source, over TCP, DoT and DoH: one that is %s', async (_, source, rcode) => {
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

  it('may send the header byte by byte, and the query in the same segment', async () => {
    await start();
    const dripping = await device({ source: BALANCER });
    dripping.socket.setNoDelay(true);
    for (const byte of proxyHeader({ source: ALLOWED })) dripping.socket.write(Buffer.from([byte]));
    expect(await rcodeOf(dripping)).toBe('NOERROR');

    const all = Buffer.concat([proxyHeader({ source: ALLOWED }), framed(RELAYED), framed(RELAYED)]);
    const whole = await device({ source: BALANCER });
    whole.socket.end(all);
    expect(decode(await whole.next()).rcode).toBe('NOERROR');
    expect(decode(await whole.next()).rcode).toBe('NOERROR');
    await once(whole.socket, 'close');
  });

  it('has the balancer’s own address as source with the command LOCAL', async () => {
    await start();
    expect(await rcodeOf(await device({ source: BALANCER, header: LOCAL_HEADER }))).toBe('REFUSED');
    edge.list(BALANCER, 'us');
    expect(await rcodeOf(await device({ source: BALANCER, header: LOCAL_HEADER }))).toBe('NOERROR');
  });

  it.each([
    ['a question instead of a header', framed(RELAYED)],
    ['a header that names no address', proxyHeader({ source: ALLOWED, family: 0x31 })],
  ])('is closed at %s, and counted', async (_, header) => {
    await start();
    edge.list(BALANCER, 'us');
    const cut = await device({ source: BALANCER, header });
    await expect(cut.next()).rejects.toThrow('closed');
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain('dns_connections_failed_total{transport="tcp",stage="proxy-header"} 1');
    expect(metrics).toContain('dns_tcp_connections 0');
  });

  it('is closed when its header is not complete in time, or cannot come any more', async () => {
    await start({ limits: { handshakeMs: 200 } });
    const silent = await device({ source: BALANCER });
    const dripping = await device({ source: BALANCER });
    const bytes = [...proxyHeader({ source: ALLOWED, rest: Buffer.alloc(1000) })];
    const drip = setInterval(() => dripping.socket.write(Buffer.from([bytes.shift()!])), 20);
    const breaking = await device({ source: BALANCER, header: LOCAL_HEADER.subarray(0, 5) });
    breaking.socket.end();
    await Promise.all([silent, dripping, breaking].map(({ socket }) => ended(socket)));
    clearInterval(drip);
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('counts for its source, not for the balancer: a further one replaces one of the same source', async () => {
    await start({}, { connectionsPerSource: 2 });
    const through = (source: string) => device({ source: BALANCER, header: proxyHeader({ source }) });
    const own = [await through(ALLOWED), await through(ALLOWED)];
    for (const each of own) expect(await rcodeOf(each)).toBe('NOERROR');
    const other = await through('127.0.0.8');
    expect(await rcodeOf(other)).toBe('NOERROR');
    for (const [index, opening] of [through(ALLOWED), device({ source: ALLOWED })].entries()) {
      expect(await rcodeOf(await opening)).toBe('NOERROR');
      await expect(own[index]!.next()).rejects.toThrow('closed');
    }
    expect(await rcodeOf(other)).toBe('NOERROR');
    expect(await edge.registry.metrics()).toContain('dns_tcp_connections 3');
  });

  it('of an unlisted client takes no slot of an allowed client', async () => {
    await start({}, { connections: 4 });
    const through = (source: string) => device({ source: BALANCER, header: proxyHeader({ source }) });
    const allowed = [await through(ALLOWED), await through(ALLOWED)];
    for (const each of allowed) expect(await rcodeOf(each)).toBe('NOERROR');
    const unlistedClients = [await through(UNLISTED), await through(UNLISTED)];
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 4');
    expect(await rcodeOf(await through(UNLISTED))).toBe('REFUSED');
    const gone = unlistedClients.map((each) => expect(each.next()).rejects.toThrow('closed'));
    await Promise.any(gone);
    for (const each of allowed) expect(await rcodeOf(each)).toBe('NOERROR');
  });

  it('is closed without waiting for its header when the edge stops', async () => {
    await start();
    const waiting = await device({ source: BALANCER });
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 1');
    await edge.close();
    await expect(waiting.next()).rejects.toThrow('closed');
  });
});

describe('a PROXY header from another peer', () => {
  it('is not trusted, on any transport', async () => {
    await start();
    const header = proxyHeader({ source: ALLOWED });
    // 0x0d0a, its first two bytes, are the length of a message: what follows waits for the rest of it.
    const tcp = await device({ source: UNLISTED, header });
    tcp.socket.end(framed(RELAYED));
    await expect(tcp.next()).rejects.toThrow('closed');
    await expect(dotDevice({ source: UNLISTED, port: edge.dotPort, header })).rejects.toThrow();
    await expect(DohDevice.at({ source: UNLISTED, port: edge.dohPort, header })).rejects.toThrow();
    expect(await rcodeOf(await device({ source: UNLISTED }))).toBe('REFUSED');
  });

  it('is not trusted when no balancer is configured', async () => {
    await start({ balancers: [] });
    const tcp = await device({ source: BALANCER, header: proxyHeader({ source: ALLOWED }) });
    tcp.socket.end(framed(RELAYED));
    await expect(tcp.next()).rejects.toThrow('closed');
  });
});
