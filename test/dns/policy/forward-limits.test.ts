import { afterEach, describe, expect, it } from 'vitest';
import { AnswerCache } from '../../../src/dns/cache/cache-writer.js';
import { createSharedCache } from '../../../src/dns/cache/layout.js';
import { ConcurrencyLimit, prefixesOf, SourceRates } from '../../../src/dns/policy/forward-limits.js';
import { Forwarder, type ForwardQuestion } from '../../../src/dns/upstream/forwarder.js';
import { type Answer, failedAnswer } from '../../../src/dns/wire/answer.js';
import { RCODE } from '../../../src/dns/wire/wire.js';
import { parseAddress } from '../../../src/lib/ip.js';
import { UdpDevice } from '../support/device.js';
import { decode, nameBytes, query } from '../support/messages.js';
import { startTestEdge } from '../support/test-edge.js';
import { startUpstream, usualAnswers } from '../support/upstream-server.js';

const PLACES = 2000;
const networks = (source: string) => prefixesOf(parseAddress(source)!);

/** How many places the sources get, each of which takes what it can, in turns. */
function taken(shares: ConcurrencyLimit, sources: readonly string[]): number[] {
  const counts = sources.map(() => 0);
  for (let more = true; more; ) {
    more = false;
    for (const [index, source] of sources.entries()) {
      if (shares.enter(networks(source)) === null) continue;
      counts[index]! += 1;
      more = true;
    }
  }
  return counts;
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

describe('the limit on queries in flight', () => {
  it('leaves four fifths to others when one source uses all it may', () => {
    expect(taken(new ConcurrencyLimit(PLACES), ['192.0.2.1'])).toEqual([400]);
  });

  it('has room for a source with few queries, however many others use all they may', () => {
    const shares = new ConcurrencyLimit(PLACES);
    const hostile = Array.from({ length: 200 }, (_, index) => `192.0.2.${index}`);
    const counts = taken(shares, hostile);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    for (let index = 0; index < 8; index++) expect(shares.enter(networks('198.51.100.1'))).not.toBeNull();
  });

  it('counts IPv6 addresses by /64, and with higher limits by /56 and /48', () => {
    const within = (of: (index: number) => string) =>
      total(
        taken(
          new ConcurrencyLimit(PLACES),
          Array.from({ length: 200 }, (_, index) => of(index)),
        ),
      );
    expect(within((index) => `2001:db8:1:2::${index.toString(16)}`)).toBe(400);
    expect(within((index) => `2001:db8:1:${index.toString(16)}::1`)).toBe(667);
    expect(within((index) => `2001:db8:1:${index.toString(16)}00::1`)).toBe(1000);
  });

  it('admits again what was released', () => {
    const shares = new ConcurrencyLimit(10);
    const places = Array.from({ length: 8 }, () => shares.enter(networks('192.0.2.1')));
    expect(shares.enter(networks('192.0.2.1'))).toBeNull();
    for (const leave of places) leave!();
    expect(taken(shares, ['192.0.2.1'])).toEqual([8]);
  });
});

describe('the forward rate of each source', () => {
  const allowed = (rates: SourceRates, source: string, now: number, tries = 100) =>
    Array.from({ length: tries }, () => rates.allows(networks(source), now)).filter(Boolean).length;

  it('allows a burst, then the steady rate, and does not limit others', () => {
    const rates = new SourceRates({ perSecond: 10, burst: 50 });
    expect(allowed(rates, '192.0.2.1', 0)).toBe(50);
    expect(allowed(rates, '192.0.2.1', 0)).toBe(0);
    expect(allowed(rates, '192.0.2.1', 1000)).toBe(10);
    expect(allowed(rates, '192.0.2.2', 1000)).toBe(50);
    expect(allowed(rates, '192.0.2.1', 60_000)).toBe(50);
  });

  it('allows a /56 twice and a /48 four times as much as a /64', () => {
    const rates = new SourceRates({ perSecond: 10, burst: 50 });
    const within = (of: (index: number) => string, now: number) =>
      total(Array.from({ length: 20 }, (_, index) => allowed(rates, of(index), now)));
    expect(within((index) => `2001:db8:1:2::${index}`, 0)).toBe(50);
    expect(within((index) => `2001:db8:2:${index}::1`, 0)).toBe(100);
    expect(within((index) => `2001:db8:3:${index}00::1`, 0)).toBe(200);
  });

  it('is unlimited when it is 0', () => {
    expect(allowed(new SourceRates({ perSecond: 0, burst: 0 }), '192.0.2.1', 0)).toBe(100);
  });

  it('forgets a source without recent queries', () => {
    const rates = new SourceRates({ perSecond: 10, burst: 50 });
    for (let index = 0; index < 1000; index++)
      rates.allows(networks(`198.51.${index >> 8}.${index & 255}`), 0);
    for (let index = 0; index < 1000; index++) rates.allows(networks('192.0.2.1'), 10_000);
    expect((rates as unknown as { dueAt: Map<string, number> }).dueAt.size).toBe(1);
  });
});

describe('queries that wait for upstreams', () => {
  const question = (name: string): ForwardQuestion => {
    const bytes = Buffer.concat([nameBytes(name), Buffer.from([0, 1, 0, 1])]);
    return { key: { bytes, hash: 1 }, bytes, dnssecOk: false, checkingDisabled: false };
  };
  const source = (text: string) => parseAddress(text)!;

  function forwarderOf(perSource = { perSecond: 0, burst: 0 }) {
    const pending: ((answer: Answer | null) => void)[] = [];
    const upstreams = { resolve: () => new Promise<Answer | null>((resolve) => pending.push(resolve)) };
    const cache = new AnswerCache(createSharedCache(1_000_000));
    return { forwarder: new Forwarder({ upstreams, cache, perSource, now: () => 0 }), pending, cache };
  }

  it('are at most four hundred per source; further ones get SERVFAIL at once, which is not cached', async () => {
    const { forwarder, pending, cache } = forwarderOf();
    const outcomes: string[] = [];
    const ask = (name: string, from: string) =>
      forwarder.resolve(question(name), source(from)).then(({ kind }) => outcomes.push(kind));
    for (let index = 0; index < 5000; index++) void ask(`name-${index}.example.org`, '192.0.2.1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(pending).toHaveLength(400);
    expect(new Set(outcomes)).toEqual(new Set(['rate-limited']));
    expect(outcomes).toHaveLength(4600);
    expect(cache.size).toBe(0);
    for (let index = 0; index < 100; index++) void ask(`other-${index}.example.org`, '192.0.2.2');
    expect(pending).toHaveLength(500);
    const again = forwarder.resolve(question('name-4999.example.org'), source('192.0.2.2'));
    expect(pending).toHaveLength(501);
    for (const resolve of pending) resolve(null);
    expect((await again).kind).toBe('failed');
    void ask('after.example.org', '192.0.2.1');
    expect(pending).toHaveLength(502);
  });

  it('are limited per second; equal questions count once, and stale answers are still served', async () => {
    const { forwarder, pending } = forwarderOf({ perSecond: 10, burst: 20 });
    for (let index = 0; index < 100; index++) {
      for (const _ of [1, 2]) {
        void forwarder.resolve(question(`name-${index}.example.org`), source('192.0.2.1'));
      }
    }
    expect(pending).toHaveLength(20);
    const limited = await forwarder.resolve(question('name-99.example.org'), source('192.0.2.1'));
    expect(limited.kind).toBe('rate-limited');
    expect(Buffer.from(limited.answer.options).toString('latin1')).toContain('too many questions');
  });

  it.each([
    ['answers', RCODE.NOERROR],
    ['failures', RCODE.SERVFAIL],
  ])('do not fill the cache with very large %s', async (_what, rcode) => {
    const { forwarder, pending, cache } = forwarderOf();
    const ask = async (name: string, from: string, length: number, of: number) => {
      const resolving = forwarder.resolve(question(name), source(from));
      const short = failedAnswer(question(name).bytes, new Uint8Array(0));
      const message = Buffer.concat([short.message, Buffer.alloc(length - short.length)]);
      pending.pop()!({ ...short, message, length, rcode: of, ttl: 300 });
      return (await resolving).answer.length;
    };
    await ask('kept.example.org', '192.0.2.2', 4096, RCODE.NOERROR);
    for (let index = 0; index < 200; index++) {
      expect(await ask(`long-${index}.example.org`, '192.0.2.1', 60_000, rcode)).toBe(60_000);
    }
    expect(cache.get(question('kept.example.org').key)?.length).toBe(4096);
    expect(cache.size).toBe(1);
  });
});

describe('an edge', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const part of open.splice(0).reverse()) await part.close();
  });

  it('answers every cache miss of one customer while another one has as many in flight as possible', async () => {
    const release = Promise.withResolvers<void>();
    const upstream = await startUpstream(async (asked) => {
      if (asked.name.toLowerCase().startsWith('slow')) await release.promise;
      return (await usualAnswers(asked)) as Buffer;
    });
    open.push(upstream);
    const edge = await startTestEdge({
      upstreams: [{ host: '127.0.0.1', port: upstream.port }],
      limits: { upstreamRoundsMs: [20_000], forwards: { perSecond: 0, burst: 0 } },
    });
    open.push(edge);
    const [attacker, victim] = [
      await UdpDevice.at('127.0.0.8', edge.port),
      await UdpDevice.at('127.0.0.7', edge.port),
    ];
    open.push(attacker, victim);
    const REFUSED = 1700;
    for (let index = 0; index < 400 + REFUSED; index++) {
      attacker.send(query({ name: `slow-${index}.example.org`, edns: {} }));
      if (index % 20 > 0) continue;
      // Its answer says, too, that the datagrams before it have been taken.
      const answer = decode(await victim.ask(query({ name: `cold-${index}.example.org` })));
      expect(answer.rcode).toBe('NOERROR');
    }
    for (let count = 0; count < REFUSED; count++) {
      const refused = decode(await attacker.next());
      expect(refused).toMatchObject({ rcode: 'SERVFAIL', extendedErrors: [0] });
    }
    const metrics = await edge.registry.metrics();
    expect(metrics).toContain(`dns_answers_total{kind="rate-limited",rcode="SERVFAIL"} ${REFUSED}`);
    release.resolve();
    expect(decode(await attacker.next()).rcode).toBe('NOERROR');
  });

  it('hands over a limited number of cache misses per source to the main thread, and drops the rest', async () => {
    const upstream = await startUpstream();
    open.push(upstream);
    const edge = await startTestEdge({
      workers: 1,
      upstreams: [{ host: '127.0.0.1', port: upstream.port }],
      limits: { forwards: { perSecond: 0.001, burst: 5 } },
    });
    open.push(edge);
    const flood = await UdpDevice.at('127.0.0.8', edge.port);
    const other = await UdpDevice.at('127.0.0.7', edge.port);
    open.push(flood, other);
    for (let index = 0; index < 50; index++) flood.send(query({ name: `name-${index}.example.org` }));
    expect(decode(await other.ask(query({ name: 'other.example.org' }))).rcode).toBe('NOERROR');
    for (let index = 0; index < 5; index++) expect(decode(await flood.next()).rcode).toBe('NOERROR');
    expect(upstream.asked).toHaveLength(6);
    expect(await edge.registry.metrics()).not.toContain('kind="rate-limited",rcode="SERVFAIL"');
  });
});
