import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/dns/edge-options.js';
import { Turns } from '../../../src/dns/policy/turns.js';
import { DatagramBatch } from '../../../src/dns/transport/datagram-batch.js';
import { loadLibc } from '../../../src/dns/transport/libc.js';
import { closeSockets, openSockets } from '../../../src/dns/transport/shared-port-sockets.js';
import { Streams } from '../../../src/dns/transport/streams.js';
import { type Arrival, serverNameOf } from '../../../src/dns/transport/transports.js';
import { FallbackUdpServer } from '../../../src/dns/transport/udp-fallback.js';
import { formatAddress, parseAddress, prefixOf } from '../../../src/lib/ip.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { TcpDevice, UdpDevice } from '../support/device.js';
import { query } from '../support/messages.js';
import { LOCAL_HEADER, proxyHeader } from '../support/proxy-header.js';
import { type Connecting, connectFrom, DohDevice, dotDevice, QUERY_TYPE } from '../support/stream-devices.js';

const CLIENT = '127.0.0.7';
const BALANCER = '127.0.0.100';
const QUESTION = query({ name: 'www.stream.example' });
const balancers = [prefixOf(parseAddress(BALANCER)!, 32)];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function shown({ transport, source, server, serverName }: Arrival): string {
  return `${transport} ${formatAddress(source)} → ${formatAddress(server)} ${serverName}`;
}

describe('a datagram of a batch', () => {
  it.each([
    ['0.0.0.0', CLIENT, '127.0.0.1'],
    ['0.0.0.0', CLIENT, '127.9.9.9'],
    ['127.0.0.3', CLIENT, '127.0.0.3'],
    ['::', CLIENT, '127.9.9.9'],
    ['::', '::1', '::1'],
    ['::1', '::1', '::1'],
  ])('on a socket at %s from %s knows that it was sent to %s', async (host, source, server) => {
    const libc = loadLibc()!;
    const { sockets, port } = await openSockets(libc, { host, port: 0 }, 1);
    closing.push(() => closeSockets(libc, sockets));
    const device = await UdpDevice.at(source, port, server);
    closing.push(() => device.close());
    const batch = new DatagramBatch(libc, sockets[0]!);
    // The second one finds what the first has left in the memory of the batch.
    for (let datagram = 0; datagram < 2; datagram++) {
      await device.sent(QUESTION);
      expect(batch.receive()).toBe(1);
      const route = batch.route(0);
      expect(formatAddress(route.source)).toBe(source);
      expect(formatAddress(route.server)).toBe(server);
    }
  });
});

describe('a datagram of the fallback transport', () => {
  async function arrivalAt(host: string, source: string, before: Buffer = Buffer.alloc(0)): Promise<string> {
    const arrived = Promise.withResolvers<Arrival>();
    const answer = (_query: Buffer, arrival: Arrival) => {
      arrived.resolve(arrival);
      return null;
    };
    const server = new FallbackUdpServer({ host, balancers, answer, onSocketError: () => {} });
    closing.push(() => server.stop());
    const device = await UdpDevice.at(source, await server.start(0));
    closing.push(() => device.close());
    device.send(Buffer.concat([before, QUESTION]));
    return shown(await arrived.promise);
  }

  it('knows the address of its socket, of a balancer the destination, and none on a socket at all addresses', async () => {
    expect(await arrivalAt('127.0.0.1', CLIENT)).toBe('udp 127.0.0.7 → 127.0.0.1 null');
    expect(await arrivalAt('::1', '::1')).toBe('udp ::1 → ::1 null');
    const header = proxyHeader({ source: '192.0.2.7', destination: '192.0.2.53', family: 0x12 });
    expect(await arrivalAt('127.0.0.1', BALANCER, header)).toBe('udp 192.0.2.7 → 192.0.2.53 null');
    expect(await arrivalAt('127.0.0.1', BALANCER, LOCAL_HEADER)).toBe('udp 127.0.0.100 → 127.0.0.1 null');
    expect(await arrivalAt('0.0.0.0', CLIENT)).toBe('udp 127.0.0.7 → 0.0.0.0 null');
  });
});

describe('a query on a connection', () => {
  const arrivals: string[] = [];
  async function start(host: string): Promise<Record<'tcp' | 'dot' | 'doh', number>> {
    arrivals.length = 0;
    const streams = new Streams({
      limits: { ...DEFAULT_LIMITS, ...DEFAULT_LIMITS.tcp },
      balancers,
      isAllowed: () => true,
      answer: (message, arrival) => {
        arrivals.push(shown(arrival));
        return Buffer.from(message);
      },
      live: { host: () => null, watch: () => null },
      turns: new Turns(),
      events: { connectionLimited() {}, connectionFailed() {}, socketError() {} },
    });
    closing.push(() => streams.stop());
    const endpoint = { host, port: 0 };
    return {
      tcp: await streams.startTcp(endpoint),
      dot: await streams.startDot(endpoint, makeCertificate()),
      doh: await streams.startDoh(endpoint, makeCertificate()),
    };
  }

  async function askTcp(connecting: Connecting): Promise<void> {
    const device = new TcpDevice(await connectFrom(connecting));
    await device.ask(QUESTION);
    device.close();
  }

  async function askDot(connecting: Connecting): Promise<void> {
    const device = await dotDevice(connecting);
    await device.ask(QUESTION);
    device.close();
  }

  async function askDoh(connecting: Connecting, ...authorities: readonly string[]): Promise<void> {
    const device = await DohDevice.at(connecting);
    for (const authority of authorities) {
      const head = { ':path': '/dns-query', ':method': 'POST', ':authority': authority, ...QUERY_TYPE };
      await device.request(head, QUESTION);
    }
    device.close();
  }

  it.each([
    ['0.0.0.0', CLIENT, '127.0.0.3'],
    ['::', CLIENT, '127.0.0.3'],
    ['::', '::1', '::1'],
  ])(
    'to a listener at %s knows the address of the connection: from %s to %s',
    async (host, source, server) => {
      const ports = await start(host);
      await askTcp({ source, server, port: ports.tcp });
      await askDot({ source, server, port: ports.dot });
      await askDoh({ source, server, port: ports.doh }, '127.0.0.1');
      expect(arrivals).toEqual(
        ['tcp', 'dot', 'doh'].map((transport) => `${transport} ${source} → ${server} null`),
      );
    },
  );

  it('through a balancer knows the destination in the PROXY header', async () => {
    const ports = await start('127.0.0.1');
    const header = proxyHeader({ source: '192.0.2.7', destination: '192.0.2.53' });
    const through = { source: BALANCER, header };
    await askTcp({ ...through, port: ports.tcp });
    await askDot({ ...through, port: ports.dot });
    await askDoh({ ...through, port: ports.doh }, '127.0.0.1');
    await askTcp({ source: BALANCER, header: LOCAL_HEADER, port: ports.tcp });
    expect(arrivals).toEqual([
      'tcp 192.0.2.7 → 192.0.2.53 null',
      'dot 192.0.2.7 → 192.0.2.53 null',
      'doh 192.0.2.7 → 192.0.2.53 null',
      'tcp 127.0.0.100 → 127.0.0.1 null',
    ]);
  });

  it('over DoT knows the name of the handshake, in lower case', async () => {
    const { dot: port } = await start('127.0.0.1');
    await askDot({ source: CLIENT, port, tls: { servername: 'US.dns.vpn.example' } });
    expect(arrivals).toEqual(['dot 127.0.0.7 → 127.0.0.1 us.dns.vpn.example']);
  });

  it('over DoH knows the name of its request, or else that of the handshake', async () => {
    const { doh: port } = await start('127.0.0.1');
    const tls = { servername: 'dns.vpn.example' };
    const names = ['us.dns.vpn.example', 'UK.dns.vpn.example.:8443', 'us.dns.vpn.example', '127.0.0.1'];
    await askDoh({ source: CLIENT, port, tls }, ...names);
    expect(arrivals.map((arrival) => arrival.split(' ').at(-1))).toEqual([
      'us.dns.vpn.example',
      'uk.dns.vpn.example',
      'us.dns.vpn.example',
      'dns.vpn.example',
    ]);
  });
});

describe('the name of a server', () => {
  it.each([
    ['dns.example', 'dns.example'],
    ['US.Dns.Example.', 'us.dns.example'],
    ['dns.example:443', 'dns.example'],
    ['xn--bcher-kva.example.:8443', 'xn--bcher-kva.example'],
    ['localhost', 'localhost'],
    ['192.0.2.1', null],
    ['192.0.2.1:443', null],
    ['[2001:db8::1]:443', null],
    ['2001:db8::1', null],
    ['', null],
    ['.', null],
    ['a..example', null],
    ['user@dns.example', null],
    ['dns.example:443:1', null],
    ['dns.example/path', null],
    [`${'a'.repeat(300)}.example`, null],
    [false, null],
    [null, null],
    [undefined, null],
  ] as const)('in %j is %j', (host, name) => {
    expect(serverNameOf(host)).toBe(name);
  });
});
