import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { EdgeLimits } from '../../../src/dns/edge-options.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { askOnce, framed, TcpDevice } from '../support/device.js';
import { decode, ednsOption, query, TYPES } from '../support/messages.js';
import {
  type Connecting,
  connectFrom,
  DohDevice,
  dotDevice,
  ended,
  secureFrom,
} from '../support/stream-devices.js';
import { TABLE } from '../support/table.js';
import { startTestEdge, type TestEdge, type TestEdgeOptions } from '../support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  startUpstream,
  type TestUpstream,
  usualAnswers,
} from '../support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const RELAYED = 'www.stream.example';

let edge: TestEdge;
let upstream: TestUpstream | undefined;
const opened: { close(): void }[] = [];
afterEach(async () => {
  for (const device of opened.splice(0)) device.close();
  await edge?.close();
  await upstream?.close();
  upstream = undefined;
});

async function start(options: TestEdgeOptions = {}, tcp: Partial<EdgeLimits['tcp']> = {}): Promise<void> {
  const free = { host: '127.0.0.1', port: 0 };
  edge = await startTestEdge({
    secure: { certificate: makeCertificate(), dot: free, doh: free },
    limits: { tcp: { connections: 100, connectionsPerSource: 50, idleMs: 10_000, inFlight: 4, ...tcp } },
    ...options,
  });
}

async function startWithUpstream(): Promise<TestUpstream> {
  upstream = await startUpstream();
  await start({
    upstreams: [{ host: '127.0.0.1', port: upstream.port }],
    limits: { upstreamRoundsMs: [4000] },
  });
  return upstream;
}

async function device(connecting: Partial<Connecting> = {}): Promise<TcpDevice> {
  const opening = await dotDevice({ source: ALLOWED, port: edge.dotPort, ...connecting });
  opened.push(opening);
  return opening;
}

const isAnswered = async (asking: TcpDevice) => {
  const answer = decode(await asking.ask(query({ name: RELAYED })));
  expect(answer.answers).toEqual(['A 198.51.100.10']);
};

describe('DNS over TLS', () => {
  it('answers as TCP does', async () => {
    await startWithUpstream();
    for (const row of TABLE) {
      const dot = await device({ source: row.source });
      const answer = decode(await dot.ask(query({ name: row.name, type: TYPES[row.type] })));
      expect({ rcode: answer.rcode, answers: answer.answers }).toEqual({
        rcode: row.rcode,
        answers: row.answers ?? [],
      });
      dot.close();
    }
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain(`dns_queries_total{transport="dot"} ${TABLE.length}`);
  });

  it('answers many pipelined queries, even when the client has ended its side', async () => {
    await startWithUpstream();
    const dot = await device();
    const ids = Array.from({ length: 300 }, (_, id) => id);
    const names = ids.map((id) => (id < 20 ? `name-${id}.example.org` : RELAYED));
    dot.socket.end(Buffer.concat(ids.map((id) => framed(query({ name: names[id]!, id })))));
    const answered: number[] = [];
    for (const _ of ids) answered.push((await dot.next()).readUInt16BE(0));
    expect(answered.sort((a, b) => a - b)).toEqual(ids);
    await once(dot.socket, 'close');
  });

  it('sends responses that are larger than a datagram completely', async () => {
    const long = await startWithUpstream();
    const addresses = Array.from({ length: 200 }, (_, index) => `192.0.2.${index}`);
    long.script = (asked) => {
      if (asked.transport === 'udp') return answerTo(asked, { flags: 0x0380 });
      return answerTo(asked, {
        answers: addresses.map((data) => ({ type: 'A', name: asked.name, ttl: 300, data })),
      });
    };
    const answer = decode(await (await device()).ask(query({ name: 'many.example.org' })));
    expect(answer.answers).toEqual(addresses.map((address) => `A ${address}`));
  });

  it('recognises IPv4 and IPv6 clients when it listens for both', async () => {
    const both = { host: '::', port: 0 };
    await start({ listen: both, secure: { certificate: makeCertificate(), dot: both, doh: null } });
    edge.list('::1', 'us');
    for (const source of [ALLOWED, '::1']) await isAnswered(await device({ source }));
    const unlisted = await device({ source: '127.0.0.66' });
    expect(decode(await unlisted.ask(query({ name: RELAYED }))).rcode).toBe('REFUSED');
  });

  it('supports TLS 1.2 and 1.3, and nothing older', async () => {
    await start();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await isAnswered(await device({ tls: { minVersion: version, maxVersion: version } }));
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(device({ tls: old })).rejects.toThrow('protocol version');
  });

  it('negotiates "dot", accepts a client without ALPN, and rejects one that offers only another protocol', async () => {
    await start();
    const agreed = async (ALPNProtocols: string[]) => {
      const dot = await device({ tls: { ALPNProtocols } });
      await isAnswered(dot);
      return (dot.socket as ReturnType<typeof connectTls>).alpnProtocol;
    };
    expect(await agreed(['h2', 'dot'])).toBe('dot');
    expect(await agreed([])).toBe(false);
    await expect(agreed(['http/1.1'])).rejects.toThrow('application protocol');
  });

  it('allows no renegotiation on an open connection', async () => {
    await start();
    const tls = { ALPNProtocols: ['dot'], maxVersion: 'TLSv1.2' } as const;
    const secure = await secureFrom({ source: ALLOWED, port: edge.dotPort, tls });
    const refused = once(secure, 'error').catch((error: unknown) => error);
    secure.renegotiate({}, () => {});
    expect(await refused).toMatchObject([{ code: 'ERR_SSL_NO_RENEGOTIATION' }]);
    secure.destroy();
  });

  it('closes and counts a connection whose handshake is not complete in time, also when bytes keep coming', async () => {
    await start({ limits: { handshakeMs: 250 } });
    const silent = await connectFrom({ source: ALLOWED, port: edge.dotPort });
    const dripping = await connectFrom({ source: ALLOWED, port: edge.dotPort });
    dripping.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]));
    const drip = setInterval(() => dripping.write(Buffer.from([7])), 30);
    await Promise.all([silent, dripping].map(ended));
    for (const socket of [silent, dripping]) socket.destroy();
    clearInterval(drip);
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
    expect(await edge.registry.metrics()).toContain(
      'dns_connections_failed_total{transport="dot",stage="handshake"} 2',
    );
  });

  it.each([
    ['no TLS', framed(query({ name: RELAYED }))],
    ['TLS that breaks off', Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('closes a connection that sends %s, and serves others', async (_, bytes) => {
    await start({ limits: { handshakeMs: 250 } });
    const socket = await connectFrom({ source: ALLOWED, port: edge.dotPort, header: bytes });
    await ended(socket);
    socket.destroy();
    await isAnswered(await device());
  });

  it('closes a connection that sends invalid TLS after its handshake', async () => {
    await start();
    const socket = await connectFrom({ source: ALLOWED, port: edge.dotPort });
    const secure = connectTls({ socket, rejectUnauthorized: false });
    secure.on('error', () => {});
    await once(secure, 'secureConnect');
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 1');
    socket.write(Buffer.from('this is no record of TLS, and never was'));
    await once(socket, 'close');
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('closes an idle connection', async () => {
    await start({}, { idleMs: 200 });
    const idle = await device();
    await ended(idle.socket);
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('sends the responses in flight when it stops, and closes connections in their handshake', async () => {
    const release = Promise.withResolvers<void>();
    const slow = await startWithUpstream();
    slow.script = async (asked: AskedQuestion) => {
      await release.promise;
      return usualAnswers(asked) as Buffer;
    };
    const half = await connectFrom({ source: ALLOWED, port: edge.dotPort });
    const dot = await device();
    dot.send(query({ name: 'slow.example.org' }));
    await expect.poll(() => slow.asked.length).toBe(1);
    const closed = edge.close();
    await ended(half);
    half.destroy();
    release.resolve();
    expect(decode(await dot.next()).rcode).toBe('NOERROR');
    await closed;
  });
});

describe('the number of connections', () => {
  it('is limited for TCP, DoT and DoH together, before a handshake begins', async () => {
    await start({}, { connectionsPerSource: 3 });
    await isAnswered(await device());
    opened.push(await DohDevice.at({ source: ALLOWED, port: edge.dohPort }));
    // No handshake, and still it counts.
    const silent = await connectFrom({ source: ALLOWED, port: edge.dotPort });
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 3');
    await isAnswered(await device({ source: '127.0.1.7' }).then(allowed));
    // The one that was used least recently makes way: that without a question, and then that without a handshake.
    const plain = await TcpDevice.at(ALLOWED, edge.port);
    expect(decode(await plain.ask(query({ name: RELAYED }))).rcode).toBe('NOERROR');
    await isAnswered(await device());
    await ended(silent);
    silent.destroy();
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 4');
    plain.close();
  });

  function allowed(dot: TcpDevice): TcpDevice {
    edge.list('127.0.1.7', 'us');
    return dot;
  }
});

describe('the certificate', () => {
  const serialOf = (dot: TcpDevice) =>
    (dot.socket as ReturnType<typeof connectTls>).getPeerX509Certificate()!.serialNumber;

  it('can be replaced: new connections get the new one, and open ones stay open', async () => {
    const [first, second] = [makeCertificate(), makeCertificate()];
    const free = { host: '127.0.0.1', port: 0 };
    await start({ secure: { certificate: first, dot: free, doh: free } });
    const open = await device();
    const openDoh = await DohDevice.at({ source: ALLOWED, port: edge.dohPort });
    opened.push(openDoh);
    expect(serialOf(open)).toBe(first.serialNumber);
    edge.useCertificate(second);
    expect(serialOf(await device())).toBe(second.serialNumber);
    const doh = await secureFrom({ source: ALLOWED, port: edge.dohPort, tls: { ALPNProtocols: ['h2'] } });
    expect(doh.getPeerX509Certificate()!.serialNumber).toBe(second.serialNumber);
    doh.destroy();
    await isAnswered(open);
    expect((await openDoh.post(query({ name: RELAYED }))).status).toBe(200);
  });

  it('is one that a client can verify', async () => {
    const certificate = makeCertificate();
    await start({ secure: { certificate, dot: { host: '127.0.0.1', port: 0 }, doh: null } });
    const tls = { ca: certificate.cert, rejectUnauthorized: true, servername: 'dns.vpn.example' };
    await isAnswered(await device({ tls }));
    expect(edge.dohPort).toBeNull();
  });
});

describe('a response over TLS', () => {
  it.each(['dot', 'doh'] as const)(
    'is padded to blocks of 468 bytes when the client asks for it: %s (RFC 8467 section 4.1)',
    async (transport) => {
      await start();
      const ask = async (options: Buffer) => {
        const message = query({ name: RELAYED, edns: { options } });
        if (transport === 'dot') return (await device()).ask(message);
        const doh = await DohDevice.at({ source: ALLOWED, port: edge.dohPort });
        opened.push(doh);
        return (await doh.post(message)).body;
      };
      const PADDING = 12;
      const padded = await ask(ednsOption(PADDING, Buffer.alloc(60)));
      expect(padded.length).toBe(468);
      expect(decode(padded)).toMatchObject({
        answers: ['A 198.51.100.10'],
        opt: { options: [{ code: PADDING }] },
      });
      expect((await ask(Buffer.alloc(0))).length).toBeLessThan(100);
    },
  );

  it('is not padded over UDP, where its length is limited', async () => {
    await start();
    const message = query({ name: RELAYED, edns: { options: ednsOption(12, Buffer.alloc(60)) } });
    const answer = await askOnce({ port: edge.port, source: ALLOWED, transport: 'udp' }, message);
    expect(answer.length).toBeLessThan(100);
  });
});
