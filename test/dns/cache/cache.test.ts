import type { Answer } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askOnce, UdpDevice } from '../support/device.js';
import { decode, type QueryParts, query, TYPES } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import {
  type AskedQuestion,
  answerTo,
  startUpstream,
  type TestUpstream,
  usualAnswers,
} from '../support/upstream-server.js';

const SOURCE = '127.0.0.7';
const STALE_ANSWER = 3;
const STALE_NXDOMAIN_ANSWER = 19;

let upstream: TestUpstream;
let edge: TestEdge;
let seconds: number;
beforeEach(async () => {
  seconds = 1000;
  upstream = await startUpstream();
  edge = await start();
});
afterEach(async () => {
  await edge?.close();
  await upstream?.close();
});

function start(cacheBytes = 1_000_000): Promise<TestEdge> {
  return startTestEdge({
    upstreams: [{ host: '127.0.0.1', port: upstream.port }],
    limits: { cacheBytes, upstreamRoundsMs: [150] },
    now: () => seconds * 1000,
  });
}

async function ask(parts: QueryParts, transport: 'udp' | 'tcp' = 'udp') {
  return decode(await askOnce({ port: edge.port, source: SOURCE, transport }, query(parts)));
}

const record = (asked: AskedQuestion, ttl: number, data = '192.0.2.53'): Answer => ({
  type: 'A',
  name: asked.name,
  ttl,
  data,
});
const withTtl = (ttl: number) => (asked: AskedQuestion) => answerTo(asked, { answers: [record(asked, ttl)] });
const soa = (ttl: number, minimum: number): Answer => ({
  type: 'SOA',
  name: 'example.org',
  ttl,
  data: {
    mname: 'ns.example.org',
    rname: 'h.example.org',
    serial: 1,
    refresh: 1,
    retry: 600,
    expire: 1,
    minimum,
  },
});

describe('an answer in memory', () => {
  const name = 'www.example.org';

  it('ages by the second and is forwarded again after its TTL', async () => {
    expect((await ask({ name })).ttls).toEqual([300]);
    seconds += 100.9;
    expect((await ask({ name })).ttls).toEqual([200]);
    seconds += 199;
    expect((await ask({ name })).ttls).toEqual([1]);
    expect(upstream.asked).toHaveLength(1);
    seconds += 0.1;
    expect((await ask({ name })).ttls).toEqual([300]);
    expect(upstream.asked).toHaveLength(2);
  });

  it('expires with the record that has the smallest TTL, and each record has its own TTL', async () => {
    upstream.script = (asked) =>
      answerTo(asked, { answers: [record(asked, 500), record(asked, 50, '192.0.2.54')] });
    await ask({ name });
    seconds += 40;
    expect((await ask({ name })).ttls).toEqual([460, 10]);
    seconds += 10;
    await ask({ name });
    expect(upstream.asked).toHaveLength(2);
  });

  it('answers UDP and TCP, any letter case, with and without EDNS, with the ID and question of each query', async () => {
    await ask({ name });
    const upper = query({ name: 'WWW.EXAMPLE.ORG', id: 0x4242, edns: {} });
    for (const transport of ['udp', 'tcp'] as const) {
      const answer = decode(await askOnce({ port: edge.port, source: SOURCE, transport }, upper));
      expect(answer).toMatchObject({ id: 0x4242, answers: ['A 192.0.2.53'], opt: { udpPayloadSize: 1232 } });
      expect(answer.bytes.subarray(12, 33)).toEqual(upper.subarray(12, 33));
    }
    expect((await ask({ name })).opt).toBeNull();
    expect(upstream.asked).toHaveLength(1);
  });

  it('has a separate entry for each type, DO and CD', async () => {
    for (let round = 0; round < 2; round++) {
      await ask({ name });
      await ask({ name, type: TYPES.AAAA });
      await ask({ name, edns: { dnssecOk: true } });
      await ask({ name, flags: 0x0110 });
    }
    expect(upstream.asked).toHaveLength(4);
  });

  it('is cached for a day at most', async () => {
    upstream.script = withTtl(1_000_000);
    expect((await ask({ name })).ttls).toEqual([86_400]);
    seconds += 86_400;
    await ask({ name });
    expect(upstream.asked).toHaveLength(2);
  });

  it.each([
    ['a TTL of 0', 0],
    ['a TTL with its highest bit set', 0x80000001],
  ])('is not cached with %s', async (_, ttl) => {
    upstream.script = withTtl(ttl);
    expect((await ask({ name })).ttls).toEqual([0]);
    await ask({ name });
    expect(upstream.asked).toHaveLength(2);
  });

  it.each([
    ['NXDOMAIN', 0x0183],
    ['NODATA', 0x0180],
  ])('may be negative, and is then cached as long as its SOA states: %s', async (_, flags) => {
    upstream.script = (asked) => answerTo(asked, { flags, authorities: [soa(900, 120)] });
    await ask({ name });
    seconds += 119;
    expect((await ask({ name })).ttls).toEqual([1]);
    expect(upstream.asked).toHaveLength(1);
    seconds += 1;
    await ask({ name });
    expect(upstream.asked).toHaveLength(2);
  });

  it('is not cached when it is negative and has no SOA', async () => {
    upstream.script = (asked) => answerTo(asked, { flags: 0x0183 });
    await ask({ name });
    expect((await ask({ name })).rcode).toBe('NXDOMAIN');
    expect(upstream.asked).toHaveLength(2);
  });

  it('is cached for one second when it is SERVFAIL', async () => {
    upstream.script = (asked) => answerTo(asked, { flags: 0x0182 });
    expect((await ask({ name })).rcode).toBe('SERVFAIL');
    seconds += 0.9;
    expect((await ask({ name })).rcode).toBe('SERVFAIL');
    expect(upstream.asked).toHaveLength(1);
    upstream.script = usualAnswers;
    seconds += 0.1;
    expect((await ask({ name })).rcode).toBe('NOERROR');
  });

  it('is evicted for a new one unless it was used, and the cache never exceeds its bytes', async () => {
    const roomForFive = 740;
    const small = await start(roomForFive);
    const askSmall = (index: number) =>
      askOnce(
        { port: small.port, source: SOURCE, transport: 'udp' },
        query({ name: `name-${index}.example.org` }),
      );
    for (let index = 0; index < 4; index++) await askSmall(index);
    await askSmall(0);
    for (let index = 4; index < 7; index++) {
      await askSmall(index);
      await askSmall(0);
    }
    const bytes = /^dns_cache_bytes (\d+)$/m.exec(await small.registry.metrics())?.[1];
    expect(Number(bytes)).toBeLessThanOrEqual(roomForFive);
    expect(upstream.asked).toHaveLength(7);
    await askSmall(1);
    expect(upstream.asked).toHaveLength(8);
    await small.close();
  });
});

describe('equal questions in flight', () => {
  it('are forwarded once', async () => {
    const release = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    upstream.script = async (asked) => {
      arrived.resolve();
      await release.promise;
      return answerTo(asked, { answers: [record(asked, 60)] });
    };
    const patient = await startTestEdge({
      upstreams: [{ host: '127.0.0.1', port: upstream.port }],
      limits: { upstreamRoundsMs: [4000] },
    });
    const device = await UdpDevice.at(SOURCE, patient.port);
    for (let id = 0; id < 20; id++) device.send(query({ name: id % 2 ? 'example.org' : 'EXAMPLE.ORG', id }));
    await arrived.promise;
    // When a question that is answered at once has its answer, those before it have been taken.
    expect((await device.ask(query({ name: 'localhost', id: 99 }))).readUInt16BE(0)).toBe(99);
    release.resolve();
    const ids = new Set<number>();
    for (let index = 0; index < 20; index++) ids.add((await device.next()).readUInt16BE(0));
    expect(ids.size).toBe(20);
    expect(upstream.asked).toHaveLength(1);
    device.close();
    await patient.close();
  });
});

describe('a popular answer', () => {
  it('is prefetched shortly before it expires, and an unpopular one is not', async () => {
    // Over TCP, since a source that has not proved itself makes nobody fetch anything.
    for (let index = 0; index < 4; index++) await ask({ name: 'popular.example.org' }, 'tcp');
    for (let index = 0; index < 4; index++) await ask({ name: 'forged.example.org' });
    await ask({ name: 'seldom.example.org' });
    seconds += 280;
    expect((await ask({ name: 'popular.example.org' }, 'tcp')).ttls).toEqual([20]);
    expect((await ask({ name: 'forged.example.org' })).ttls).toEqual([20]);
    expect((await ask({ name: 'seldom.example.org' }, 'tcp')).ttls).toEqual([20]);
    await expect.poll(async () => (await ask({ name: 'popular.example.org' })).ttls).toEqual([300]);
    expect(upstream.asked.map(({ name }) => name.toLowerCase())).toEqual([
      'popular.example.org',
      'forged.example.org',
      'seldom.example.org',
      'popular.example.org',
    ]);
  });
});

describe('while upstreams fail', () => {
  const name = 'www.example.org';

  it('an expired answer is sent with a TTL of 30 and an extended DNS error', async () => {
    await ask({ name });
    seconds += 3600;
    await upstream.close();
    const stale = await ask({ name, edns: {} });
    expect(stale).toMatchObject({
      rcode: 'NOERROR',
      answers: ['A 192.0.2.53'],
      ttls: [30],
      extendedErrors: [STALE_ANSWER],
    });
    expect((await ask({ name })).opt).toBeNull();
  });

  it('an expired NXDOMAIN is sent with its own extended DNS error', async () => {
    await ask({ name: 'nxdomain.example.org' });
    seconds += 3600;
    upstream.script = (asked) => answerTo(asked, { flags: 0x0182 });
    const stale = await ask({ name: 'nxdomain.example.org', edns: {} });
    expect(stale).toMatchObject({ rcode: 'NXDOMAIN', ttls: [30], extendedErrors: [STALE_NXDOMAIN_ANSWER] });
  });

  it('the query is forwarded again after thirty seconds, not before', async () => {
    await ask({ name });
    seconds += 3600;
    upstream.script = (asked) => answerTo(asked, { flags: 0x0182 });
    await ask({ name });
    seconds += 29;
    await ask({ name });
    expect(upstream.asked).toHaveLength(2);
    upstream.script = usualAnswers;
    seconds += 1;
    expect((await ask({ name })).ttls).toEqual([300]);
    expect(upstream.asked).toHaveLength(3);
  });

  it('no answer is sent that has been expired for a day', async () => {
    await ask({ name });
    seconds += 300 + 86_400;
    await upstream.close();
    expect((await ask({ name })).rcode).toBe('SERVFAIL');
  });

  it('a slow upstream does not delay a stale answer, and its own answer is cached', async () => {
    const patient = await startTestEdge({
      upstreams: [{ host: '127.0.0.1', port: upstream.port }],
      limits: { upstreamRoundsMs: [4000] },
      now: () => seconds * 1000,
    });
    const askPatient = async () =>
      decode(await askOnce({ port: patient.port, source: SOURCE, transport: 'udp' }, query({ name })));
    await askPatient();
    seconds += 3600;
    const release = Promise.withResolvers<void>();
    upstream.script = async (asked) => {
      await release.promise;
      return usualAnswers(asked) as Buffer;
    };
    expect((await askPatient()).ttls).toEqual([30]);
    release.resolve();
    await expect.poll(async () => (await askPatient()).ttls).toEqual([300]);
    await patient.close();
  });
});
