import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeLimits } from '../../../src/dns/edge-options.js';
import { framed, TcpDevice } from '../support/device.js';
import { decode, query, TYPES } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  startUpstream,
  type TestUpstream,
  usualAnswers,
} from '../support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';
const RELAYED = 'www.stream.example';

let upstream: TestUpstream;
let edge: TestEdge;
const devices: TcpDevice[] = [];
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  for (const device of devices.splice(0)) device.close();
  await edge?.close();
  await upstream?.close();
});

async function start(tcp: Partial<EdgeLimits['tcp']> = {}, limits: Partial<EdgeLimits> = {}): Promise<void> {
  edge = await startTestEdge({
    upstreams: [{ host: '127.0.0.1', port: upstream.port }],
    limits: {
      tcp: { connections: 100, connectionsPerSource: 50, idleMs: 10_000, inFlight: 4, ...tcp },
      upstreamRoundsMs: [4000],
      ...limits,
    },
  });
}

async function connect(source = ALLOWED): Promise<TcpDevice> {
  const device = await TcpDevice.at(source, edge.port);
  devices.push(device);
  return device;
}

const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe('a TCP connection', () => {
  it('answers every pipelined query, even when the client has ended its side (RFC 7766 section 6.2.1.1)', async () => {
    await start();
    const device = await connect();
    const relayed = ids(0, 300).map((id) => framed(query({ name: RELAYED, id })));
    const forwarded = ids(300, 40).map((id) => framed(query({ name: `name-${id}.example.org`, id })));
    device.socket.end(Buffer.concat([...forwarded, ...relayed]));
    const answered: number[] = [];
    for (let count = 0; count < 340; count++) answered.push((await device.next()).readUInt16BE(0));
    expect(answered.sort((a, b) => a - b)).toEqual(ids(0, 340));
    await once(device.socket, 'close');
  });

  it('answers a query that comes byte by byte (RFC 7766 section 8)', async () => {
    await start();
    const device = await connect();
    for (const byte of framed(query({ name: RELAYED }))) device.socket.write(Buffer.from([byte]));
    expect(decode(await device.next()).answers).toEqual(['A 198.51.100.10']);
  });

  it('answers a fast query before a slow one that came first (RFC 7766 section 7)', async () => {
    await start();
    const release = Promise.withResolvers<void>();
    upstream.script = async (asked: AskedQuestion) => {
      await release.promise;
      return usualAnswers(asked) as Buffer;
    };
    const device = await connect();
    device.send(query({ name: 'slow.example.org', id: 1 }));
    device.send(query({ name: RELAYED, id: 2 }));
    expect((await device.next()).readUInt16BE(0)).toBe(2);
    release.resolve();
    expect((await device.next()).readUInt16BE(0)).toBe(1);
  });

  it('has a limited number of queries in flight', async () => {
    await start();
    const release = Promise.withResolvers<void>();
    upstream.script = async (asked: AskedQuestion) => {
      await release.promise;
      return answerTo(asked, {});
    };
    const device = await connect();
    for (const id of ids(0, 10)) device.send(query({ name: `name-${id}.example.org`, id }));
    await expect.poll(() => upstream.asked.length).toBe(4);
    // The edge has read on from others meanwhile, and still has not taken a fifth from this one.
    const other = await connect();
    await other.ask(query({ name: RELAYED }));
    expect(upstream.asked).toHaveLength(4);
    release.resolve();
    for (const _ of ids(0, 10)) await device.next();
    expect(upstream.asked).toHaveLength(10);
  });

  it('is closed when idle, also when the client sends bytes but no message (RFC 7766 section 6.2.3)', async () => {
    await start({ idleMs: 200 });
    const silent = await connect();
    const dripping = await connect();
    dripping.socket.write(Buffer.from([0, 60, 1]));
    const drip = setInterval(() => dripping.socket.write(Buffer.from([1])), 50);
    // What drips in at the end may make a reset of it.
    for (const device of [silent, dripping]) await expect(device.next()).rejects.toThrow('closed');
    clearInterval(drip);
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('is not closed as idle while a response is awaited', async () => {
    await start({ idleMs: 100 });
    const release = Promise.withResolvers<void>();
    upstream.script = async (asked: AskedQuestion) => {
      await release.promise;
      return usualAnswers(asked) as Buffer;
    };
    const device = await connect();
    const idle = await connect();
    device.send(query({ name: 'slow.example.org' }));
    // The other one, idle for as long, is gone by now.
    await once(idle.socket, 'end');
    release.resolve();
    expect(decode(await device.next()).rcode).toBe('NOERROR');
  });

  it('is closed when the client keeps sending queries but reads no responses', async () => {
    await start({ idleMs: 300 });
    upstream.script = (asked) =>
      answerTo(asked, {
        answers: ids(0, 200).map((id) => ({ type: 'A', name: asked.name, ttl: 300, data: `192.0.2.${id}` })),
      });
    const socket = createConnection({ port: edge.port, host: '127.0.0.1', localAddress: ALLOWED });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const burst = Buffer.concat(
      Array.from({ length: 1000 }, () => framed(query({ name: 'many.example.org' }))),
    );
    while (!socket.destroyed) {
      if (!socket.write(burst)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
    }
    await closed;
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('is closed when a message is longer than a query may be', async () => {
    await start();
    const device = await connect();
    device.socket.write(Buffer.from([0xff, 0xff, 0, 0]));
    await once(device.socket, 'end');
  });

  it('sends no response to a message without a header, and stays open', async () => {
    await start();
    const device = await connect();
    device.socket.write(Buffer.from([0, 0, 0, 3, 1, 2, 3]));
    expect((await device.ask(query({ name: RELAYED, id: 5 }))).readUInt16BE(0)).toBe(5);
  });
});

describe('a TCP connection of an unlisted client', () => {
  const portal = (id: number, type: number = TYPES.A) =>
    framed(query({ name: 'portal.vpn.example', id, type }));

  it('ends after the queries that came with the first one, A and AAAA as glibc sends them', async () => {
    await start();
    const device = await connect(UNLISTED);
    device.socket.write(Buffer.concat([portal(1), portal(2, TYPES.AAAA)]));
    expect(decode(await device.next())).toMatchObject({ id: 1, answers: ['A 192.0.2.80', 'A 192.0.2.81'] });
    expect(decode(await device.next())).toMatchObject({ id: 2, answers: ['AAAA 2001:db8::80'] });
    await expect(device.next()).rejects.toThrow('closed');
    // What comes too late gets no answer, and no reset that would overtake the answers.
    device.socket.write(portal(3));
    device.socket.end();
    await once(device.socket, 'close');
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it.each([1, 5])('ends after four responses, however many queries come: %i at once', async (count) => {
    await start();
    const flood = Buffer.concat(ids(0, 2000).map((id) => framed(query({ name: RELAYED, id }))));
    const flooding = await Promise.all(ids(0, count).map(() => connect(UNLISTED)));
    for (const device of flooding) device.socket.write(flood);
    for (const device of flooding) {
      for (const id of ids(0, 4)) expect(decode(await device.next())).toMatchObject({ id, rcode: 'REFUSED' });
      await expect(device.next()).rejects.toThrow('closed');
    }
    expect(await edge.registry.metrics()).toContain(`dns_queries_total{transport="tcp"} ${4 * count}`);
  });

  it('ends when its first query does not come soon', async () => {
    await start({}, { unlistedIdleMs: 100 });
    const [unlisted, allowed] = [await connect(UNLISTED), await connect()];
    await expect(unlisted.next()).rejects.toThrow('closed');
    expect(decode(await allowed.ask(query({ name: RELAYED }))).rcode).toBe('NOERROR');
  });

  it('ends, too, when the client is removed from the allowlist while it is connected', async () => {
    await start();
    const device = await connect();
    expect(decode(await device.ask(query({ name: RELAYED }))).rcode).toBe('NOERROR');
    edge.unlist(ALLOWED);
    expect(decode(await device.ask(query({ name: RELAYED }))).rcode).toBe('REFUSED');
    await expect(device.next()).rejects.toThrow('closed');
  });
});

describe('many queries on one TCP connection', () => {
  it('let other clients have their turns between them', async () => {
    await start();
    const [flooding, other] = [await connect(), await connect('127.0.0.8')];
    flooding.socket.write(Buffer.concat(ids(0, 2000).map((id) => framed(query({ name: RELAYED, id })))));
    await other.ask(query({ name: RELAYED }));
    const answered = /^dns_queries_total\{transport="tcp"\} (\d+)$/m.exec(await edge.registry.metrics())![1];
    expect(Number(answered)).toBeLessThan(1000);
    for (const id of ids(0, 2000)) expect((await flooding.next()).readUInt16BE(0)).toBe(id);
  });
});

describe('the number of TCP connections', () => {
  const isOpen = async (device: TcpDevice) => {
    try {
      await device.ask(query({ name: RELAYED }));
      return true;
    } catch {
      return false;
    }
  };

  it('is limited per source: its idle connections are closed for new ones, and another source can still connect', async () => {
    await start({ connectionsPerSource: 3 });
    const first = await connect();
    for (const device of [first, await connect(), await connect()]) expect(await isOpen(device)).toBe(true);
    expect(await isOpen(await connect())).toBe(true);
    await expect(first.next()).rejects.toThrow('closed');
    expect(await isOpen(await connect('127.0.0.8'))).toBe(true);
    expect(await edge.registry.metrics()).toContain('dns_tcp_evicted_total 1');
    expect(await edge.registry.metrics()).toContain('dns_tcp_connections 4');
  });

  it('is limited per source also when responses are awaited on all of its connections', async () => {
    await start({ connectionsPerSource: 2 });
    const release = Promise.withResolvers<void>();
    upstream.script = async (asked: AskedQuestion) => {
      await release.promise;
      return usualAnswers(asked) as Buffer;
    };
    const busy = [await connect(), await connect()];
    for (const [id, device] of busy.entries()) device.send(query({ name: `slow-${id}.example.org` }));
    await expect.poll(() => upstream.asked.length).toBe(2);
    expect(await isOpen(await connect())).toBe(false);
    expect(await edge.registry.metrics()).toContain('dns_tcp_rejected_total 1');
    release.resolve();
    for (const device of busy) expect(decode(await device.next()).rcode).toBe('NOERROR');
  });

  it('of unlisted clients never keeps another unlisted client from the portal', async () => {
    await start({ connections: 40, connectionsPerSource: 5 });
    for (let count = 0; count < 5; count++) {
      for (const source of ['127.1.1.1', '127.1.2.1', '127.1.3.1', '127.1.4.1']) await connect(source);
    }
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 20');
    const portal = await (await connect(UNLISTED)).ask(query({ name: 'portal.vpn.example' }));
    expect(decode(portal).answers).toHaveLength(2);
    for (let count = 0; count < 20; count++) expect(await isOpen(await connect())).toBe(true);
  });

  it('counts only open ones', async () => {
    await start({ connectionsPerSource: 1 });
    for (let count = 0; count < 3; count++) {
      const device = await connect();
      expect(await isOpen(device)).toBe(true);
      device.close();
      await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
    }
  });
});

describe('an edge that stops', () => {
  it('closes idle connections, and accepts no new ones', async () => {
    await start();
    const device = await connect();
    await device.ask(query({ name: RELAYED }));
    const ended = once(device.socket, 'end');
    await edge.close();
    await ended;
    await expect(TcpDevice.at(ALLOWED, edge.port)).rejects.toThrow('ECONNREFUSED');
    await start();
  });
});
