import { once } from 'node:events';
import { constants } from 'node:http2';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { EdgeOptions } from '../../../src/dns/edge-options.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { FRAME, FrameReader, frame, PREFACE, requestFrame } from '../support/http2-frames.js';
import { decode, ednsOption, query, TYPES } from '../support/messages.js';
import { DohDevice, ended, QUERY_TYPE, secureFrom } from '../support/stream-devices.js';
import { TABLE } from '../support/table.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  startUpstream,
  type TestUpstream,
} from '../support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';
const RELAYED = query({ name: 'www.stream.example', id: 0 });
const PATH = '/dns-query';
const TRUNCATED = 0x0380;

let edge: TestEdge;
let upstream: TestUpstream;
const opened: { close(): void }[] = [];
afterEach(async () => {
  for (const device of opened.splice(0)) device.close();
  await edge?.close();
  await upstream?.close();
});

async function start(limits: EdgeOptions['limits'] = {}): Promise<void> {
  upstream = await startUpstream();
  edge = await startTestEdge({
    upstreams: [{ host: '127.0.0.1', port: upstream.port }],
    secure: { certificate: makeCertificate(), dot: null, doh: { host: '127.0.0.1', port: 0 } },
    limits: { upstreamRoundsMs: [4000], ...limits },
  });
}

async function device(source = ALLOWED): Promise<DohDevice> {
  const opening = await DohDevice.at({ source, port: edge.dohPort });
  opened.push(opening);
  return opening;
}

/** All questions to the upstream wait until the returned function is called. */
function holdUpstream(): () => void {
  const release = Promise.withResolvers<void>();
  upstream.script = async (asked: AskedQuestion) => {
    await release.promise;
    return answerTo(asked, { answers: [{ type: 'A', name: asked.name, ttl: 300, data: '192.0.2.53' }] });
  };
  return release.resolve;
}

describe('DNS over HTTPS', () => {
  it('answers GET and POST as the other transports do, all with 200', async () => {
    await start();
    for (const row of TABLE) {
      const message = query({ name: row.name, type: TYPES[row.type], id: 0 });
      for (const method of ['get', 'post'] as const) {
        const doh = await device(row.source);
        const answered = await doh[method](message);
        expect(answered.status).toBe(200);
        expect(decode(answered.body)).toMatchObject({ id: 0, rcode: row.rcode, answers: row.answers ?? [] });
        doh.close();
      }
    }
    expect(await edge.registry.metrics()).toContain(`dns_queries_total{transport="doh"} ${TABLE.length * 2}`);
  });

  it('has exactly three headers', async () => {
    await start();
    const { headers } = await (await device()).get(RELAYED);
    expect(Object.fromEntries(Object.entries(headers))).toEqual({
      ':status': 200,
      'content-type': 'application/dns-message',
      'cache-control': 'private, max-age=60',
    });
  });

  it('states in max-age how long a response may be cached', async () => {
    await start();
    upstream.script = (asked) => {
      const record = { type: 'A', name: asked.name, data: '192.0.2.53' } as const;
      const soa = { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 0, expire: 1, minimum: 77 };
      if (asked.name.toLowerCase().startsWith('nxdomain')) {
        const authorities = [{ type: 'SOA', name: 'example.org', ttl: 900, data: soa } as const];
        return answerTo(asked, { flags: 0x0183, authorities });
      }
      return answerTo(asked, { answers: [300, 33, 200].map((ttl) => ({ ...record, ttl })) });
    };
    const kept = async (doh: DohDevice, name: string) =>
      (await doh.post(query({ name, edns: {} }))).headers['cache-control'];
    const doh = await device();
    expect(await kept(doh, 'three.example.org')).toBe('private, max-age=33');
    expect(await kept(doh, 'nxdomain.example.org')).toBe('private, max-age=77');
    expect(await kept(await device(UNLISTED), 'three.example.org')).toBe('private, max-age=0');
  });

  it('sends responses that are larger than a datagram completely', async () => {
    await start();
    const record = (asked: AskedQuestion, index: number) =>
      ({ type: 'A', name: asked.name, ttl: 300, data: `192.0.2.${index}` }) as const;
    upstream.script = (asked) =>
      answerTo(asked, {
        flags: asked.transport === 'udp' ? 0x0380 : 0x0180,
        answers: asked.transport === 'udp' ? [] : Array.from({ length: 200 }, (_, i) => record(asked, i)),
      });
    const { body } = await (await device()).post(query({ name: 'many.example.org' }));
    expect(decode(body).answers).toHaveLength(200);
  });

  it('answers many queries in flight, a fast one before a slow one that came first', async () => {
    await start();
    const release = holdUpstream();
    const doh = await device();
    const slow = Array.from({ length: 50 }, (_, index) => doh.get(query({ name: `n${index}.example.org` })));
    expect((await doh.get(RELAYED)).status).toBe(200);
    release();
    for (const answered of await Promise.all(slow)) expect(decode(answered.body).rcode).toBe('NOERROR');
  });

  it('accepts other URL parameters, and a media type in any case with parameters', async () => {
    await start();
    const doh = await device();
    const dns = RELAYED.toString('base64url');
    expect((await doh.request({ ':path': `${PATH}?x=%20&dns=${dns}&ct` })).status).toBe(200);
    const type = { 'content-type': 'Application/DNS-Message; a=b' };
    expect((await doh.request({ ':path': PATH, ':method': 'POST', ...type }, RELAYED)).status).toBe(200);
  });
});

it('HEAD gets the response to GET without its content (RFC 9110 section 9.1)', async () => {
  await start();
  const doh = await device();
  for (const path of [`${PATH}?dns=${RELAYED.toString('base64url')}`, `${PATH}?dns=`, '/canary']) {
    const get = await doh.request({ ':path': path });
    const head = await doh.request({ ':path': path, ':method': 'HEAD' });
    const dated = { ...get.headers, date: head.headers.date };
    expect(head).toEqual({ status: get.status, headers: dated, body: Buffer.alloc(0) });
  }
});

describe('an invalid request', () => {
  const dns = (bytes: Buffer) => `${PATH}?dns=${bytes.toString('base64url')}`;
  const post = { ':path': PATH, ':method': 'POST' };
  const long = query({ name: 'canary.example', edns: { options: ednsOption(12, Buffer.alloc(4100)) } });
  const requests: readonly [string, number, Record<string, string>, Buffer?][] = [
    ['another path', 404, { ':path': '/canary' }],
    ['a path below', 404, { ':path': `${PATH}/canary` }],
    ['another path, to POST', 404, { ...post, ':path': '/', ...QUERY_TYPE }, RELAYED],
    ['PUT', 405, { ...post, ':method': 'PUT', ...QUERY_TYPE }, RELAYED],
    ['no parameter', 400, { ':path': PATH }],
    ['an empty parameter', 400, { ':path': `${PATH}?dns=` }],
    ['two parameters', 400, { ':path': `${dns(RELAYED)}&dns=canary` }],
    ['padding', 400, { ':path': `${PATH}?dns=AAAA====` }],
    ['base64 that is not base64url', 400, { ':path': `${PATH}?dns=AA%2B%2F` }],
    ['a length that base64url never has', 400, { ':path': `${PATH}?dns=AAAAA` }],
    ['a message without a header', 400, { ':path': dns(RELAYED.subarray(0, 11)) }],
    ['a response', 400, { ':path': dns(query({ name: 'canary.example', flags: 0x8180 })) }],
    [
      'a response, to POST',
      400,
      { ...post, ...QUERY_TYPE },
      query({ name: 'canary.example', flags: 0x8180 }),
    ],
    ['no body', 400, { ...post, ...QUERY_TYPE }, Buffer.alloc(0)],
    ['a parameter that is too long', 414, { ':path': dns(long) }],
    ['a body that is too long', 413, { ...post, ...QUERY_TYPE }, long],
    [
      'a body that says that it is too long',
      413,
      { ...post, ...QUERY_TYPE, 'content-length': '4097' },
      Buffer.alloc(4097),
    ],
    ['no media type', 415, post, RELAYED],
    ['another media type', 415, { ...post, 'content-type': 'application/canary' }, RELAYED],
  ];

  it.each(requests)(
    'gets an error text that repeats nothing of it: %s → %i',
    async (_, status, headers, body) => {
      await start();
      const doh = await device();
      const answered = await doh.request(headers, body);
      expect(answered.status).toBe(status);
      expect(answered.body.toString()).not.toContain('canary');
      expect(answered.body.length).toBeLessThan(100);
      const { allow } = answered.headers;
      expect(allow).toBe(status === 405 ? 'GET, HEAD, POST' : undefined);
      expect(Object.keys(answered.headers).sort()).toEqual(
        [':status', 'content-type', ...(status === 405 ? ['allow'] : [])].sort(),
      );
      // The connection is as good as before.
      expect((await doh.get(RELAYED)).status).toBe(200);
    },
  );

  it('is reset when its headers are too large', async () => {
    await start();
    const doh = await device();
    await once(doh.session, 'remoteSettings');
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`x-${index}`, 'y']));
    await expect(doh.request({ ':path': PATH, ...many })).rejects.toThrow();
    const large = { 'x-large': 'y'.repeat(13_000) };
    await expect(doh.request({ ':path': PATH, ...large })).rejects.toThrow();
    expect((await doh.get(RELAYED)).status).toBe(200);
  });

  it('is not read further when its body is too long', async () => {
    await start();
    const doh = await device();
    const stream = doh.session.request({ ':path': PATH, ':method': 'POST', ...QUERY_TYPE });
    stream.write(Buffer.alloc(5000));
    const [head] = await once(stream, 'response');
    expect(head[':status']).toBe(413);
    stream.resume();
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('is reset when its body does not come in time, and the connection stays open', async () => {
    await start({ handshakeMs: 200 });
    const doh = await device();
    const stream = doh.session.request({ ':path': PATH, ':method': 'POST', ...QUERY_TYPE });
    stream.on('error', () => {});
    const drip = setInterval(() => stream.write(Buffer.from([0])), 30);
    await once(stream, 'close');
    clearInterval(drip);
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    expect((await doh.get(RELAYED)).status).toBe(200);
  });
});

describe('a connection of DNS over HTTPS', () => {
  it('uses HTTP/2 and nothing else', async () => {
    await start();
    const http1 = { source: ALLOWED, port: edge.dohPort, tls: { ALPNProtocols: ['http/1.1'] } };
    await expect(secureFrom(http1)).rejects.toThrow('application protocol');
    const silent = await secureFrom({ source: ALLOWED, port: edge.dohPort });
    await ended(silent);
    const liar = await secureFrom({ source: ALLOWED, port: edge.dohPort, tls: { ALPNProtocols: ['h2'] } });
    liar.write(`GET ${PATH} HTTP/1.1\r\nHost: canary\r\n\r\n`);
    await ended(liar);
    expect((await (await device()).get(RELAYED)).status).toBe(200);
  });

  it('is closed when idle, also with pings, and not while a response is awaited', async () => {
    await start({ tcp: { connections: 10, connectionsPerSource: 10, idleMs: 600, inFlight: 4 } });
    const release = holdUpstream();
    const [idle, pinging, waiting] = [await device(), await device(), await device()];
    const ping = setInterval(() => pinging.session.destroyed || pinging.session.ping(() => {}), 50);
    const answered = waiting.get(query({ name: 'slow.example.org' }));
    await Promise.all([idle.closed, pinging.closed]);
    clearInterval(ping);
    // One that has come later is gone, too, before the first has its answer.
    await (await device()).closed;
    release();
    expect((await answered).status).toBe(200);
    await waiting.closed;
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it.each(['get', 'post'] as const)('is not closed while it is used, however long: %s', async (method) => {
    await start({ tcp: { connections: 10, connectionsPerSource: 10, idleMs: 600, inFlight: 4 } });
    const doh = await device();
    const goaway = once(doh.session, 'goaway');
    // Each of these would be closed in its own time when nobody used it: three times as long as a connection may be idle.
    for (let times = 0; times < 3; times++) {
      const idle = await device();
      const interval = setInterval(
        () => doh[method](RELAYED).then(({ status }) => answered.push(status)),
        20,
      );
      const answered: number[] = [];
      await once(idle.session, 'goaway');
      clearInterval(interval);
      expect(answered.length).toBeGreaterThan(2);
      expect(new Set(answered)).toEqual(new Set([200]));
    }
    expect((await doh[method](RELAYED)).status).toBe(200);
    await goaway;
  });

  it('names its last request when it is closed as idle, so that a later one can be repeated', async () => {
    await start({ tcp: { connections: 10, connectionsPerSource: 10, idleMs: 200, inFlight: 4 } });
    const secure = await secureFrom({ source: ALLOWED, port: edge.dohPort, tls: { ALPNProtocols: ['h2'] } });
    const frames = new FrameReader(secure);
    secure.write(Buffer.concat([PREFACE, requestFrame(1, RELAYED)]));
    expect(decode((await frames.next(FRAME.DATA)).payload).answers).toEqual(['A 198.51.100.10']);
    const { payload } = await frames.next(FRAME.GOAWAY);
    expect([payload.readUInt32BE(0), payload.readUInt32BE(4)]).toEqual([1, constants.NGHTTP2_NO_ERROR]);
    secure.write(requestFrame(3, RELAYED));
    // It ends, also for a peer that never ends its side.
    await expect(frames.next(FRAME.DATA)).rejects.toThrow('closed');
  });

  it('answers a request whose body is still being sent when the edge stops', async () => {
    await start();
    const doh = await device();
    const stream = doh.session.request({ ':path': PATH, ':method': 'POST', ...QUERY_TYPE });
    stream.write(RELAYED.subarray(0, 20));
    // Its head has been taken before this is answered.
    await doh.get(RELAYED);
    const closed = edge.close();
    await once(doh.session, 'goaway');
    stream.end(RELAYED.subarray(20));
    const [head] = await once(stream, 'response');
    expect(head[':status']).toBe(200);
    stream.resume();
    await closed;
  });

  it('of an unlisted client ends after the requests that came with its first one', async () => {
    await start();
    const doh = await device(UNLISTED);
    const portal = query({ name: 'portal.vpn.example', id: 0 });
    const both = await Promise.all([doh.get(portal), doh.post(portal)]);
    for (const { body } of both) expect(decode(body).answers).toHaveLength(2);
    await doh.closed;
    const flooding = await device(UNLISTED);
    const asked = await Promise.allSettled(Array.from({ length: 50 }, () => flooding.get(RELAYED)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    await flooding.closed;
    expect(await edge.registry.metrics()).toContain('dns_queries_total{transport="doh"} 6');
  });

  it('is closed as soon as the client has ended its side', async () => {
    await start();
    const tls = { ALPNProtocols: ['h2'] };
    const leaving = await secureFrom({ source: ALLOWED, port: edge.dohPort, tls });
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 1');
    leaving.end();
    await ended(leaving);
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('is closed when the client reads no responses', async () => {
    await start({ tcp: { connections: 10, connectionsPerSource: 10, idleMs: 600, inFlight: 4 } });
    const doh = await device();
    await once(doh.session, 'remoteSettings');
    await new Promise((resolve) => doh.session.settings({ initialWindowSize: 0 }, resolve));
    doh.get(RELAYED).catch(() => {});
    await doh.closed;
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 0');
  });

  it('buffers at most a megabyte of responses that the client does not read', async () => {
    await start();
    upstream.script = (asked) =>
      answerTo(asked, {
        ...(asked.transport === 'udp' && { flags: TRUNCATED }),
        answers:
          asked.transport === 'udp'
            ? []
            : [{ type: 'TXT', name: asked.name, ttl: 300, data: Array(200).fill('x'.repeat(250)) }],
      });
    const doh = await device();
    await once(doh.session, 'remoteSettings');
    await new Promise((resolve) => doh.session.settings({ initialWindowSize: 0 }, resolve));
    const asking = Array.from({ length: 40 }, (_, index) =>
      doh.get(query({ name: `n${index}.example.org`, type: TYPES.TXT })).then(
        ({ status }) => status,
        (error: Error) => error.message,
      ),
    );
    const refusals: unknown[] = [];
    for (const each of asking) void each.then((outcome) => refusals.push(outcome));
    await expect.poll(() => refusals.length).toBe(20);
    expect(new Set(refusals)).toEqual(new Set(['Stream closed with error code NGHTTP2_ENHANCE_YOUR_CALM']));
    await new Promise((resolve) => doh.session.settings({ initialWindowSize: 65_535 }, resolve));
    expect((await Promise.all(asking)).filter((outcome) => outcome === 200)).toHaveLength(20);
    expect((await doh.get(query({ name: 'then.example.org', type: TYPES.TXT }))).status).toBe(200);
  });

  it('has at most a hundred queries in flight, those of reset streams included', async () => {
    await start();
    const release = holdUpstream();
    const doh = await device();
    await once(doh.session, 'remoteSettings');
    const taken = Array.from({ length: 100 }, (_, index) => {
      const dns = query({ name: `n${index}.example.org` }).toString('base64url');
      const stream = doh.session.request({ ':path': `${PATH}?dns=${dns}` });
      stream.on('error', () => {});
      return stream;
    });
    await expect.poll(() => upstream.asked.length).toBe(100);
    for (const stream of taken) stream.close(constants.NGHTTP2_CANCEL);
    await expect(doh.get(query({ name: 'one-more.example.org' }))).rejects.toThrow('REFUSED_STREAM');
    expect(upstream.asked).toHaveLength(100);
    release();
    await expect.poll(async () => (await doh.get(RELAYED).catch(() => null))?.status).toBe(200);
  });

  it('is closed when the client keeps opening and resetting streams', async () => {
    await start();
    const doh = await device();
    await once(doh.session, 'remoteSettings');
    while (!(await edge.registry.metrics()).includes('dns_tcp_connections 0')) {
      for (let count = 0; count < 20 && !doh.session.destroyed; count++) {
        const stream = doh.session.request({ ':path': `${PATH}?dns=${RELAYED.toString('base64url')}` });
        stream.on('error', () => {});
        stream.close(constants.NGHTTP2_CANCEL);
      }
      await setImmediate();
    }
    expect((await (await device()).get(RELAYED)).status).toBe(200);
  });

  const post = requestFrame(1, RELAYED, { endStream: false });
  it.each([
    ['WINDOW_UPDATE', frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.from([0, 0, 0, 1]))],
    ['WINDOW_UPDATE of a stream', frame(FRAME.WINDOW_UPDATE, 0, 1, Buffer.from([0, 0, 0, 1]))],
    ['PRIORITY', frame(FRAME.PRIORITY, 0, 3, Buffer.from([0, 0, 0, 0, 1]))],
    ['PING', frame(FRAME.PING, 0, 0, Buffer.alloc(8))],
    ['SETTINGS', frame(FRAME.SETTINGS, 0, 0)],
    ['empty DATA', frame(FRAME.DATA, 0, 1)],
    ['RST_STREAM', frame(FRAME.RST_STREAM, 0, 1, Buffer.alloc(4))],
    ['CONTINUATION', frame(FRAME.CONTINUATION, 0, 1)],
    ['a frame of no known type', frame(0x42, 0, 0, Buffer.alloc(20))],
  ])('is closed when the client keeps sending %s, and others stay open', async (_, endless) => {
    await start();
    const source = '127.0.0.8';
    const secure = await secureFrom({ source, port: edge.dohPort, tls: { ALPNProtocols: ['h2'] } });
    secure.resume();
    const closed = new Promise<void>((resolve) => secure.once('close', () => resolve()));
    secure.write(Buffer.concat([PREFACE, post]));
    const many = Buffer.concat(Array.from({ length: 500 }, () => endless));
    while (!secure.destroyed && secure.writable) {
      if (!secure.write(many))
        await Promise.race([new Promise((resolve) => secure.once('drain', resolve)), closed]);
      await setImmediate();
    }
    secure.destroy();
    expect((await (await device()).get(RELAYED)).status).toBe(200);
    await expect.poll(() => edge.registry.metrics()).toContain('dns_tcp_connections 1');
  });

  it('is rejected for some seconds after its source has flooded a connection', async () => {
    await start();
    const secure = await secureFrom({
      source: '127.0.0.8',
      port: edge.dohPort,
      tls: { ALPNProtocols: ['h2'] },
    });
    secure.resume();
    secure.write(PREFACE);
    const many = frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.from([0, 0, 0, 1]));
    secure.write(Buffer.concat(Array.from({ length: 10_000 }, () => many)));
    await ended(secure);
    await expect(device('127.0.0.8')).rejects.toThrow();
    expect((await (await device()).get(RELAYED)).status).toBe(200);
  });

  it('is not closed for the bytes of its requests, however many there are', async () => {
    await start();
    const doh = await device();
    const long = { 'x-browser': 'y'.repeat(8000) };
    for (let times = 0; times < 100; times++) {
      const asked = doh.request({ ':path': `${PATH}?dns=${RELAYED.toString('base64url')}`, ...long });
      expect((await asked).status).toBe(200);
    }
    expect(doh.session.closed).toBe(false);
  });

  it('is closed when the edge stops, after the responses in flight', async () => {
    await start();
    const release = holdUpstream();
    const [busy, idle] = [await device(), await device()];
    await idle.get(RELAYED);
    const answered = busy.get(query({ name: 'slow.example.org' }));
    await expect.poll(() => upstream.asked.length).toBe(1);
    const closed = edge.close();
    await idle.closed;
    release();
    expect(decode((await answered).body).rcode).toBe('NOERROR');
    await closed;
    await busy.closed;
  });
});
