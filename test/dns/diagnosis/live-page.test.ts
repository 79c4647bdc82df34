import { EventEmitter, once } from 'node:events';
import type { ClientHttp2Stream, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createViewMemory, HouseholdCounter, HouseholdViews } from '../../../src/dns/household-views.js';
import { LivePage } from '../../../src/dns/transport/live-page.js';
import { type Prefix, parseAddress, parsePrefix } from '../../../src/lib/ip.js';
import { serviceWith } from '../../support/catalogue.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { askOnce } from '../support/device.js';
import { decode, query, TYPES } from '../support/messages.js';
import { proxyHeader } from '../support/proxy-header.js';
import { DohDevice, dotDevice } from '../support/stream-devices.js';
import { CATALOGUE, startTestEdge, type TestEdge, UDP_TRANSPORTS } from '../support/test-edge.js';
import { startUpstream, type TestUpstream } from '../support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const NEIGHBOUR = '127.0.0.8';
const UNLISTED = '127.0.0.66';
const HOST = 'live.check.portal.vpn.example';
const RELAYED = 'www.stream.example';
const BALANCER = '127.0.0.250';

interface Counts {
  readonly transports: Record<string, number>;
  readonly types: Record<string, number>;
  readonly kinds: Record<string, number>;
  readonly services: Record<string, number>;
}
const NOTHING: Counts = { transports: {}, types: {}, kinds: {}, services: {} };

/** Reads server-sent events. */
class View {
  private text = '';
  private wake = () => {};
  isOver = false;

  private constructor(
    readonly device: DohDevice,
    readonly stream: ClientHttp2Stream,
    readonly headers: IncomingHttpHeaders,
  ) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      this.text += chunk;
      this.wake();
    });
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, () => {
        this.isOver = true;
        this.wake();
      });
    }
  }

  static async open(port: number | null, source: string, more: { header?: Buffer } = {}): Promise<View> {
    const device = await DohDevice.at({ source, port, ...more });
    const stream = device.session.request({
      ':authority': HOST,
      ':path': '/counts',
      accept: 'text/event-stream',
    });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    return new View(device, stream, headers);
  }

  /** The next event, as its name and data; null when the stream has ended. */
  async next(): Promise<{ event: string; data: unknown } | null> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const [event, data] = this.text.slice(0, end).split('\n');
        this.text = this.text.slice(end + 2);
        return { event: event!.replace('event: ', ''), data: JSON.parse(data!.replace('data: ', '')) };
      }
      if (this.isOver) return null;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** The counts as soon as so many queries are counted. */
  async countsOf(queries: number): Promise<Counts> {
    for (;;) {
      const { data } = (await this.next())!;
      const counts = data as Counts;
      const sum = Object.values(counts.kinds).reduce((total, count) => total + count, 0);
      if (sum >= queries) return counts;
    }
  }

  close(): void {
    this.device.close();
  }
}

describe.each(UDP_TRANSPORTS)('with UDP by %s: the page of live counts', (_, workers) => {
  let edge: TestEdge;
  let upstream: TestUpstream;
  const views: View[] = [];
  beforeEach(async () => {
    upstream = await startUpstream();
    const free = { host: '::', port: 0 };
    edge = await startTestEdge({
      workers,
      listen: free,
      requiresCookie: true,
      balancers: [parsePrefix(BALANCER) as Prefix],
      upstreams: [{ host: '127.0.0.1', port: upstream.port }],
      secure: { certificate: makeCertificate(), dot: free, doh: free },
    });
  });
  afterEach(async () => {
    for (const view of views.splice(0)) view.close();
    await edge?.close();
    await upstream?.close();
  });

  async function watch(source: string, more: { header?: Buffer } = {}): Promise<View> {
    const view = await View.open(edge.dohPort, source, more);
    views.push(view);
    return view;
  }
  async function opened(source: string, more: { header?: Buffer } = {}): Promise<View> {
    const view = await watch(source, more);
    expect(await view.next()).toEqual({ event: 'counts', data: NOTHING });
    return view;
  }
  async function ask(source: string, transport: 'udp' | 'tcp', name: string, type: number = TYPES.A) {
    return decode(await askOnce({ port: edge.port, source, transport }, query({ name, type })));
  }
  async function get(
    path: string,
    { source = ALLOWED, host = HOST, ...headers }: Record<string, string> = {},
  ) {
    const device = await DohDevice.at({ source, port: edge.dohPort });
    return device.request({ ':authority': host, ':path': path, ...headers }).finally(() => device.close());
  }

  it('is a page, a script and a style that load nothing else', async () => {
    const files = [
      ['/', 'text/html; charset=utf-8'],
      ['/live.js', 'text/javascript; charset=utf-8'],
      ['/live.css', 'text/css; charset=utf-8'],
    ] as const;
    for (const [path, type] of files) {
      for (const source of [ALLOWED, UNLISTED]) {
        const answer = await get(path, { source });
        expect(answer.status).toBe(200);
        expect(answer.headers).toMatchObject({
          'content-type': type,
          'cache-control': 'no-store',
          'content-security-policy':
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        });
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
        expect(answer.headers.date).toBeUndefined();
      }
      expect((await get(path, { ':method': 'HEAD' })).body).toHaveLength(0);
    }
    const page = (await get('/')).body.toString();
    expect([...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)).toEqual([
      '/live.css',
      '/live.js',
    ]);
    expect(page).not.toMatch(/<style|style=|onload|javascript:/);
  });

  it('is at its host alone, and refuses what it does not have', async () => {
    expect((await get('/', { host: 'dns.vpn.example' })).status).toBe(404);
    expect((await get('/counts', { host: '127.0.0.1' })).status).toBe(404);
    expect((await get('/', { host: `${HOST.toUpperCase()}:443` })).status).toBe(200);
    expect((await get('/other')).status).toBe(404);
    expect((await get('/', { ':method': 'DELETE' })).headers).toMatchObject({
      ':status': 405,
      allow: 'GET, HEAD',
    });
    expect((await get('/counts', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await get('/counts', { 'sec-fetch-site': 'same-site' })).status).toBe(403);
  });

  it('counts what the household asks from then on: transports, types, kinds and services', async () => {
    await ask(ALLOWED, 'udp', RELAYED);
    const view = await opened(ALLOWED);
    expect(view.headers).toMatchObject({
      ':status': 200,
      'content-type': 'text/event-stream; charset=utf-8',
    });
    await ask(ALLOWED, 'udp', RELAYED);
    await ask(ALLOWED, 'udp', RELAYED, TYPES.AAAA);
    await ask(ALLOWED, 'udp', RELAYED, TYPES.HTTPS);
    await ask(ALLOWED, 'udp', 'cold.example.org');
    await ask(ALLOWED, 'tcp', 'cold.example.org');
    await ask(ALLOWED, 'tcp', 'cold.example.org');
    await ask(ALLOWED, 'udp', 'localhost', TYPES.TXT);
    const dot = await dotDevice({ source: ALLOWED, port: edge.dotPort });
    await dot.ask(query({ name: RELAYED }));
    dot.close();
    const doh = await DohDevice.at({ source: ALLOWED, port: edge.dohPort });
    await doh.post(query({ name: `x.ours.check.portal.vpn.example` }));
    doh.close();
    expect(await view.countsOf(9)).toEqual({
      transports: { udp: 5, tcp: 2, dot: 1, doh: 1 },
      types: { A: 6, AAAA: 1, HTTPS: 1, other: 1 },
      kinds: {
        relayed: 4,
        check: 1,
        'special-use': 1,
        cached: 1,
        'cookie-required': 1,
        forwarded: 1,
      },
      services: { stream: 4 },
    });
  });

  it('shows an unlisted household that it is refused, and what is no query', async () => {
    const view = await opened(UNLISTED);
    await ask(UNLISTED, 'udp', RELAYED);
    await ask(UNLISTED, 'tcp', RELAYED);
    await askOnce(
      { port: edge.port, source: UNLISTED, transport: 'udp' },
      query({ name: RELAYED, counts: [2, 0, 0, 0] }),
    );
    expect(await view.countsOf(3)).toEqual({
      transports: { udp: 2, tcp: 1 },
      types: { A: 2 },
      kinds: { refused: 3 },
      services: {},
    });
  });

  it('shows nothing of neighbours, and of a balancer’s client its own', async () => {
    const header = proxyHeader({ source: '203.0.113.9' });
    const [own, other, behind] = [
      await opened(ALLOWED),
      await opened(NEIGHBOUR),
      await opened(BALANCER, { header }),
    ];
    await ask(NEIGHBOUR, 'udp', RELAYED);
    await ask(NEIGHBOUR, 'tcp', RELAYED);
    await ask(ALLOWED, 'udp', RELAYED);
    const one = { kinds: { relayed: 1 }, services: { stream: 1 } };
    expect(await own.countsOf(1)).toMatchObject({ ...one, transports: { udp: 1 } });
    expect(await other.countsOf(2)).toMatchObject({ kinds: { relayed: 2 }, transports: { udp: 1, tcp: 1 } });
    await ask(ALLOWED, 'udp', RELAYED);
    expect(await own.countsOf(2)).toMatchObject({ kinds: { relayed: 2 } });
    const datagram = Buffer.concat([header, query({ name: RELAYED })]);
    await askOnce({ port: edge.port, source: BALANCER, transport: 'udp' }, datagram);
    expect(await behind.countsOf(1)).toMatchObject({ kinds: { refused: 1 } });
  });

  it('takes the devices of one IPv6 network for one household', async () => {
    edge.list('::1', 'us');
    const view = await opened('::1');
    await ask('::1', 'udp', RELAYED, TYPES.AAAA);
    expect(await view.countsOf(1)).toMatchObject({ types: { AAAA: 1 }, services: { stream: 1 } });
  });

  it('is bounded: two of a source, and half of all for unlisted ones; what is closed makes room', async () => {
    const first = await opened(ALLOWED);
    await opened(ALLOWED);
    const third = await watch(ALLOWED);
    expect(third.headers).toMatchObject({ ':status': 503, 'retry-after': '60' });
    first.close();
    await expect.poll(async () => (await watch(ALLOWED)).headers[':status'], { timeout: 5000 }).toBe(200);
    for (let index = 0; index < 32; index++) await opened(`127.1.0.${index + 1}`);
    expect((await watch('127.1.0.200')).headers[':status']).toBe(503);
    await opened(NEIGHBOUR);
  });

  it('ends with the edge', async () => {
    const view = await opened(ALLOWED);
    await edge.close();
    expect(await view.next()).toEqual({ event: 'end', data: {} });
    expect(await view.next()).toBeNull();
  });

  it('counts services of the catalogue with which it was opened', async () => {
    const view = await opened(ALLOWED);
    edge.useCatalogue({ ...CATALOGUE, services: [{ ...CATALOGUE.services[0]!, id: 'renamed' }] });
    const renamed = await opened(ALLOWED);
    await ask(ALLOWED, 'tcp', RELAYED);
    const seen = { transports: { tcp: 1 }, types: { A: 1 }, kinds: { relayed: 1 } };
    expect(await view.countsOf(1)).toEqual({ ...seen, services: {} });
    expect(await renamed.countsOf(1)).toEqual({ ...seen, services: { renamed: 1 } });
  });
});

describe('a view', () => {
  afterEach(() => void vi.useRealTimers());

  it('sends what has changed once a second, and is over after a minute', () => {
    vi.useFakeTimers();
    const written: string[] = [];
    const stream = Object.assign(new EventEmitter(), {
      writableLength: 0,
      writable: true,
      respond: () => {},
      write: (text: string) => written.push(text),
      end: (text: string) => written.push(text),
    });
    let count = 0;
    const closed: string[] = [];
    const counts = { read: () => ({ count }), close: () => closed.push('counts') };
    const client = { liveHost: () => HOST, watchCounts: () => counts };
    const page = new LivePage(client, () => closed.push('view'));
    const headers = { ':method': 'GET', ':authority': HOST, ':path': '/counts' };
    expect(page.serve(stream as unknown as ServerHttp2Stream, headers)).toBe(true);
    vi.advanceTimersByTime(10_000);
    count = 1;
    vi.advanceTimersByTime(999);
    expect(written).toEqual(['event: counts\ndata: {"count":0}\n\n']);
    vi.advanceTimersByTime(1);
    expect(written).toHaveLength(2);
    // What a client does not take is not added to.
    count = 2;
    stream.writableLength = 1;
    vi.advanceTimersByTime(5000);
    expect(written).toHaveLength(2);
    stream.writableLength = 0;
    vi.advanceTimersByTime(44_000);
    expect(written.splice(2)).toEqual(['event: counts\ndata: {"count":2}\n\n', 'event: end\ndata: {}\n\n']);
    expect(closed).toEqual(['counts', 'view']);
    // Also of a client that does not take the end.
    expect(page.isOpen).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    stream.emit('close');
    expect(closed).toHaveLength(2);
  });

  it('leaves nothing in memory when it is closed, and is not the buffer of the next one', () => {
    const memory = createViewMemory();
    const views = new HouseholdViews(memory, CATALOGUE);
    const counter = new HouseholdCounter(
      memory,
      CATALOGUE.services.map(({ id }) => id),
    );
    const source = parseAddress(ALLOWED)!;
    const isEmpty = () => new Uint8Array(memory).every((byte) => byte === 0);
    const places: number[] = [];
    for (let index = 0; index < 3; index++) {
      const view = views.watch(source, true)!;
      counter.count(source, 'udp', TYPES.A, 'relayed', 0);
      expect(view.read()).toMatchObject({ kinds: { relayed: 1 }, services: { stream: 1 } });
      places.push(new Int32Array(memory).indexOf(source.words[0]!));
      view.close();
      expect(isEmpty()).toBe(true);
      expect(counter.isWatching).toBe(false);
    }
    expect(new Set(places).size).toBe(3);
  });

  it.each(['x'.repeat(600), ''])('counts at most 512 services, and takes any number of them', (ids) => {
    const services = [...ids].map((_, index) => serviceWith({ id: `s${index}` }));
    const memory = createViewMemory();
    const views = new HouseholdViews(memory, { services });
    const counter = new HouseholdCounter(
      memory,
      services.map(({ id }) => id),
    );
    const source = parseAddress(ALLOWED)!;
    const [view, next] = [views.watch(source, true)!, views.watch(parseAddress(NEIGHBOUR)!, true)!];
    for (const service of [0, 511, 512, 599]) counter.count(source, 'udp', TYPES.A, 'relayed', service);
    expect(view.read()).toMatchObject({
      kinds: { relayed: 4 },
      services: services.length === 0 ? {} : { s0: 1, s511: 1 },
    });
    expect(next.read()).toEqual(NOTHING);
  });
});
