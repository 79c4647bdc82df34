import { once } from 'node:events';
import type { Answer } from 'dns-packet';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AttemptOutcome, Upstreams } from '../../../src/dns/upstream/upstreams.js';
import type { Answer as CachedAnswer } from '../../../src/dns/wire/answer.js';
import { makeCertificate, type TestCertificate } from '../../support/network/certificate.js';
import { askOnce, framed } from '../support/device.js';
import { decode, nameBytes, type QueryParts, query } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import { type AskedOverTls, startTlsUpstream, type TlsTestUpstream } from '../support/tls-upstream-server.js';
import { answerTo, startUpstream, type TestUpstream, usualAnswers } from '../support/upstream-server.js';

const SOURCE = '127.0.0.7';
const NAME = 'resolver.example';
const NO_REACHABLE_AUTHORITY = 22;
const IDLE_MS = 8000;

let authority: TestCertificate;
let certificate: TestCertificate;
beforeAll(() => {
  authority = makeCertificate({ name: 'authority.example' });
  certificate = makeCertificate({ name: NAME, issuer: authority });
});

const open: { close(): unknown }[] = [];
function closedLater<T extends { close(): unknown }>(part: T): T {
  open.push(part);
  return part;
}
let secure: TlsTestUpstream;
let second: TestUpstream;
let outcomes: AttemptOutcome[];
beforeEach(async () => {
  outcomes = [];
  secure = closedLater(await startTlsUpstream(certificate));
  second = closedLater(
    await startUpstream((asked) => answerTo(asked, { answers: [a(asked, '192.0.2.99')] })),
  );
});
afterEach(async () => {
  vi.useRealTimers();
  for (const part of open.splice(0).reverse()) await part.close();
});

const tls = (port: number, authName = NAME) =>
  ({ kind: 'tls', endpoint: { host: '127.0.0.1', port }, authName }) as const;
const plain = (port: number) => ({ kind: 'plain', endpoint: { host: '127.0.0.1', port } }) as const;

function startEdge(upstreams: Parameters<typeof startTestEdge>[0] = {}): Promise<TestEdge> {
  return startTestEdge({
    upstreams: [tls(secure.port)],
    upstreamAuthorities: [authority.cert.toString()],
    limits: { upstreamRoundsMs: [2000] },
    ...upstreams,
  }).then(closedLater);
}

/** The upstreams alone, without an edge in front: the TLS one, and after it the plain one. */
function upstreamsOf(roundMs = 2000): Upstreams {
  return closedLater(
    new Upstreams({
      upstreams: [tls(secure.port), plain(second.port)],
      authorities: [authority.cert.toString()],
      now: () => performance.now(),
      onAttempt: (outcome) => outcomes.push(outcome),
      onChange: () => {},
      roundsMs: [roundMs],
    }),
  );
}

async function ask(edge: TestEdge, parts: QueryParts) {
  return decode(await askOnce({ port: edge.port, source: SOURCE, transport: 'udp' }, query(parts)));
}

const questionFor = (name: string) => ({
  bytes: Buffer.concat([nameBytes(name), Buffer.from([0, 1, 0, 1])]),
  dnssecOk: false,
  checkingDisabled: false,
});
/** What the A records of the answer say; null: no answer. */
const find = async (upstreams: Upstreams, name: string) =>
  addressesOf(await upstreams.resolve(questionFor(name)));
const addressesOf = (answer: CachedAnswer | null) =>
  answer && decode(Buffer.from(answer.message.subarray(0, answer.length))).answers;

const a = ({ name }: { name: string }, data = '192.0.2.53'): Answer => ({ type: 'A', name, ttl: 300, data });
/** An address that shows which of many names was asked: `name-258…` has 10.0.1.2. */
const numbered = (asked: AskedOverTls) => {
  const number = Number(/^name-(\d+)/i.exec(asked.name)![1]);
  return answerTo(asked, { answers: [a(asked, `10.0.${number >> 8}.${number & 255}`)] });
};
const numberedAnswer = (number: number) => [`A 10.0.${number >> 8}.${number & 255}`];

describe('an upstream over TLS', () => {
  it('gets all queries over one connection, opened with the name of its certificate', async () => {
    const edge = await startEdge();
    for (let index = 0; index < 5; index++) {
      expect((await ask(edge, { name: `name-${index}.example.org` })).answers).toEqual(['A 192.0.2.53']);
    }
    expect(secure.asked).toHaveLength(5);
    expect(secure.connections).toHaveLength(1);
    expect(secure.connections[0]).toMatchObject({ servername: NAME });
    expect(secure.connections[0]!.getProtocol()).toBe('TLSv1.3');
    expect(secure.plain).toEqual([]);
  });

  it('gets queries with random IDs, padded with zeros to blocks of 128 bytes', async () => {
    const upstreams = upstreamsOf();
    for (let length = 1; length <= 60; length += 3)
      await find(upstreams, `${'n'.repeat(length)}.example.org`);
    const { asked } = secure;
    expect(new Set(asked.map(({ packet }) => packet.id)).size).toBeGreaterThan(asked.length - 3);
    for (const { bytes, packet } of asked) {
      expect(bytes.length).toBe(128);
      const [opt] = packet.additionals as unknown as { options: { code: number; data: Buffer }[] }[];
      expect(opt!.options.map(({ code }) => code)).toEqual([12]);
      expect(opt!.options[0]!.data.every((byte) => byte === 0)).toBe(true);
    }
    await find(upstreams, `${'n'.repeat(60)}.${'n'.repeat(60)}.example.org`);
    expect(asked.at(-1)!.bytes.length).toBe(256);
  });

  it('may use TLS 1.2, and nothing older', async () => {
    const legacy = { ciphers: 'DEFAULT@SECLEVEL=0' };
    const old = closedLater(await startTlsUpstream(certificate, { maxVersion: 'TLSv1.2' }));
    const older = await startTlsUpstream(certificate, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ...legacy,
    });
    closedLater(older);
    const edge = await startEdge({ upstreams: [tls(old.port)] });
    expect((await ask(edge, { name: 'www.example.org' })).rcode).toBe('NOERROR');
    expect(old.connections[0]!.getProtocol()).toBe('TLSv1.2');
    const other = await startEdge({ upstreams: [tls(older.port)] });
    expect((await ask(other, { name: 'www.example.org' })).rcode).toBe('SERVFAIL');
    expect(older.asked).toEqual([]);
  });

  const untrusted: readonly [string, () => TestCertificate][] = [
    ['another name', () => makeCertificate({ name: 'other.example', issuer: authority })],
    ['an unknown authority', () => makeCertificate({ name: NAME })],
    [
      'an authority of the same name',
      () => makeCertificate({ name: NAME, issuer: makeCertificate({ name: 'authority.example' }) }),
    ],
    ['a time that is over', () => makeCertificate({ name: NAME, issuer: authority, days: 0.5 })],
  ];
  it.each(untrusted)('gets no query, with or without TLS, when its certificate has %s', async (_, make) => {
    const unlisted = closedLater(await startTlsUpstream(make()));
    const alone = await startEdge({ upstreams: [tls(unlisted.port)] });
    expect(await ask(alone, { name: 'www.example.org', edns: {} })).toMatchObject({
      rcode: 'SERVFAIL',
      extendedErrors: [NO_REACHABLE_AUTHORITY],
    });
    expect(await alone.registry.metrics()).toContain('dns_upstream_attempts_total{outcome="untrusted"} 1');
    const edge = await startEdge({ upstreams: [tls(unlisted.port), plain(second.port)] });
    expect((await ask(edge, { name: 'www.example.org' })).answers).toEqual(['A 192.0.2.99']);
    expect(unlisted).toMatchObject({ asked: [], plain: [] });
  });

  it('is verified against Node’s own authorities when none are configured', async () => {
    const edge = await startEdge({ upstreamAuthorities: undefined });
    expect((await ask(edge, { name: 'www.example.org' })).rcode).toBe('SERVFAIL');
    expect(secure.asked).toEqual([]);
  });

  it('gets no query in plain text when it does not support TLS', async () => {
    const edge = await startEdge({
      upstreams: [tls(second.port)],
      limits: { upstreamRoundsMs: [150, 150] },
    });
    expect((await ask(edge, { name: 'www.example.org' })).rcode).toBe('SERVFAIL');
    expect(second.asked).toEqual([]);
  });
});

describe('a connection to an upstream', () => {
  it('carries a thousand queries in flight and assigns responses in any order', async () => {
    const COUNT = 1000;
    const all = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const held: AskedOverTls[] = [];
    secure.script = async (asked) => {
      held.push(asked);
      if (held.length === COUNT) all.resolve();
      await release.promise;
      return null;
    };
    const upstreams = upstreamsOf();
    const names = Array.from({ length: COUNT }, (_, index) => `name-${index}.example.org`);
    const answers = Promise.all(names.map((name) => find(upstreams, name)));
    await all.promise;
    expect(new Set(held.map(({ packet }) => packet.id)).size).toBe(COUNT);
    const mixed = held
      .map((asked, index) => ({ asked, at: (index * 617) % COUNT }))
      .sort((x, y) => x.at - y.at);
    held[0]!.connection.write(Buffer.concat(mixed.map(({ asked }) => framed(numbered(asked)))));
    release.resolve();
    expect(await answers).toEqual(names.map((_, index) => numberedAnswer(index)));
    expect(secure.connections).toHaveLength(1);
  });

  it('may be closed by the upstream while idle; the next one resumes its session', async () => {
    const upstreams = upstreamsOf();
    await find(upstreams, 'one.example.org');
    const [first] = secure.connections;
    expect(first!.isSessionReused()).toBe(false);
    first!.end();
    await once(first!, 'close');
    expect(await find(upstreams, 'two.example.org')).toEqual(['A 192.0.2.53']);
    expect(secure.connections).toHaveLength(2);
    expect(secure.connections[1]!.isSessionReused()).toBe(true);
    expect(outcomes).toEqual(['answered', 'answered']);
  });

  it('may be closed while a query is in flight, which is then repeated once', async () => {
    const upstreams = upstreamsOf();
    await find(upstreams, 'one.example.org');
    secure.script = (asked) => {
      if (secure.connections.length > 1) return usualAnswers(asked);
      asked.connection.destroy();
      return null;
    };
    expect(await find(upstreams, 'two.example.org')).toEqual(['A 192.0.2.53']);
    expect(secure.asked.map(({ name }) => name.toLowerCase())).toEqual([
      'one.example.org',
      'two.example.org',
      'two.example.org',
    ]);
    expect(outcomes).toEqual(['answered', 'answered']);
  });

  it('may be closed in the middle of a response: complete responses count, the other queries are repeated', async () => {
    const COUNT = 20;
    const held: AskedOverTls[] = [];
    secure.script = (asked) => {
      if (secure.connections.length > 1) return numbered(asked);
      held.push(asked);
      if (held.length === COUNT) {
        const whole = held.slice(0, COUNT / 2).map((one) => framed(numbered(one)));
        const half = framed(numbered(held.at(-1)!)).subarray(0, 20);
        asked.connection.write(Buffer.concat([...whole, half]), () => asked.connection.destroy());
      }
      return null;
    };
    const upstreams = upstreamsOf();
    const numbers = Array.from({ length: COUNT }, (_, index) => index);
    const answers = await Promise.all(numbers.map((number) => find(upstreams, `name-${number}.example.org`)));
    expect(answers).toEqual(numbers.map(numberedAnswer));
    expect(secure.asked).toHaveLength(COUNT + COUNT / 2);
    expect(secure.connections).toHaveLength(2);
  });

  it('that is closed twice for the same query leaves it to the next upstream', async () => {
    secure.script = (asked) => {
      asked.connection.destroy();
      return null;
    };
    expect(await find(upstreamsOf(), 'www.example.org')).toEqual(['A 192.0.2.99']);
    expect(secure.asked).toHaveLength(2);
    expect(outcomes).toEqual(['closed', 'answered']);
  });

  it('that receives nothing takes no more queries; the query goes to the next upstream', async () => {
    const upstreams = upstreamsOf(1000);
    await find(upstreams, 'one.example.org');
    const closed = once(secure.connections[0]!, 'close');
    secure.script = (asked) => (asked.name.toLowerCase() === 'two.example.org' ? null : usualAnswers(asked));
    expect(await find(upstreams, 'two.example.org')).toEqual(['A 192.0.2.99']);
    await closed;
    // The probe is answered, over a connection of its own.
    await vi.waitUntil(() => secure.asked.at(-1)!.name === '.');
    await vi.waitUntil(() => upstreams.states()[0]!.state === 'up');
    expect(await find(upstreams, 'three.example.org')).toEqual(['A 192.0.2.53']);
    expect(secure.connections).toHaveLength(2);
    expect(outcomes).toEqual(['answered', 'timeout', 'answered', 'answered']);
  });

  it('stays open when a response comes late, and gives it to no other query', async () => {
    const late = Promise.withResolvers<void>();
    secure.script = async (asked) => {
      if (asked.name.toLowerCase().startsWith('slow')) await late.promise;
      return answerTo(asked, { answers: [a(asked)] });
    };
    const upstreams = upstreamsOf(1500);
    await find(upstreams, 'first.example.org');
    const slow = find(upstreams, 'slow.example.org');
    expect(await find(upstreams, 'quick.example.org')).toEqual(['A 192.0.2.53']);
    expect(await slow).toEqual(['A 192.0.2.99']);
    late.resolve();
    expect(await find(upstreams, 'last.example.org')).toEqual(['A 192.0.2.53']);
    expect(secure.connections).toHaveLength(1);
  });

  it('stays open when an rcode comes without a question, which ends only that query', async () => {
    secure.script = (asked) => {
      if (!asked.name.toLowerCase().startsWith('odd')) return usualAnswers(asked);
      const bare = Buffer.from(asked.bytes.subarray(0, 12));
      for (const [index, field] of [0x8102, 0, 0, 0, 0].entries()) bare.writeUInt16BE(field, 2 + index * 2);
      return bare;
    };
    const upstreams = upstreamsOf();
    for (let index = 0; index < 5; index++) {
      expect(await find(upstreams, `odd-${index}.example.org`)).toEqual(['A 192.0.2.99']);
    }
    expect(await find(upstreams, 'www.example.org')).toEqual(['A 192.0.2.53']);
    expect(secure.connections).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(5);
  });

  const changed = (asked: AskedOverTls, change: (bytes: Buffer) => void) => {
    const bytes = numbered(asked);
    change(bytes);
    return bytes;
  };
  const garbage: readonly [string, (asked: AskedOverTls) => Buffer][] = [
    ['another ID', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(asked.packet.id! ^ 1, 0))],
    ['a header cut off', (asked) => numbered(asked).subarray(0, 11)],
    ['no byte', () => Buffer.alloc(0)],
  ];
  it.each(garbage)('is closed when a message answers no query: %s', async (_, garble) => {
    secure.script = garble;
    const upstreams = upstreamsOf();
    expect(await find(upstreams, 'name-1.example.org')).toEqual(['A 192.0.2.99']);
    await expect.poll(() => secure.connections[0]!.closed).toBe(true);
    secure.script = numbered;
    expect(await find(upstreams, 'name-2.example.org')).toEqual(numberedAnswer(2));
    expect(outcomes).toEqual(['malformed', 'answered', 'answered']);
  });

  it('that is closed because of an invalid message repeats its other queries', async () => {
    const upstreams = upstreamsOf();
    const others = ['name-1.example.org', 'name-2.example.org'];
    secure.script = () => null;
    const answers = Promise.all(others.map((name) => find(upstreams, name)));
    await expect.poll(() => secure.asked.length).toBe(2);
    secure.script = (asked) =>
      asked.name.toLowerCase().startsWith('odd') ? Buffer.alloc(0) : numbered(asked);
    await find(upstreams, 'odd.example.org');
    expect(await answers).toEqual([numberedAnswer(1), numberedAnswer(2)]);
  });

  const unfit: readonly [string, (asked: AskedOverTls) => Buffer][] = [
    ['another name', (asked) => changed(asked, (bytes) => bytes.write('x', 13))],
    ['QR clear', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(0x0180, 2))],
    ['no question', (asked) => changed(asked, (bytes) => bytes.writeUInt16BE(0, 4))],
  ];
  it.each(unfit)(
    'stays open when a message has the ID of a query and does not answer it: %s',
    async (_, spoil) => {
      secure.script = (asked) =>
        asked.name.toLowerCase().startsWith('name-1.') ? spoil(asked) : numbered(asked);
      const upstreams = upstreamsOf();
      expect(await find(upstreams, 'name-1.example.org')).toEqual(['A 192.0.2.99']);
      expect(await find(upstreams, 'name-2.example.org')).toEqual(numberedAnswer(2));
      expect(secure.connections).toHaveLength(1);
      expect(outcomes).toEqual(['malformed', 'answered', 'answered']);
    },
  );

  it('is closed after eight seconds without a query, not before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const upstreams = upstreamsOf();
    await find(upstreams, 'one.example.org');
    vi.advanceTimersByTime(IDLE_MS - 1);
    await find(upstreams, 'two.example.org');
    vi.advanceTimersByTime(IDLE_MS - 1);
    await find(upstreams, 'three.example.org');
    expect(secure.connections).toHaveLength(1);
    const closed = once(secure.connections[0]!, 'close');
    vi.advanceTimersByTime(IDLE_MS);
    await closed;
    expect(await find(upstreams, 'four.example.org')).toEqual(['A 192.0.2.53']);
    expect(secure.connections).toHaveLength(2);
  });

  it('ends when the upstreams are closed, with the queries in flight', async () => {
    const arrived = Promise.withResolvers<void>();
    secure.script = () => {
      arrived.resolve();
      return null;
    };
    const upstreams = upstreamsOf();
    const answer = find(upstreams, 'www.example.org');
    await arrived.promise;
    const closed = once(secure.connections[0]!, 'close');
    upstreams.close();
    expect(await answer).toBeNull();
    await closed;
    expect(second.asked).toEqual([]);
  });

  it('ends when the edge stops, after the responses in flight', async () => {
    const release = Promise.withResolvers<void>();
    secure.script = async (asked) => {
      await release.promise;
      return answerTo(asked, { answers: [a(asked)] });
    };
    const edge = await startEdge();
    open.pop();
    const answer = ask(edge, { name: 'www.example.org' });
    await expect.poll(() => secure.asked.length).toBe(1);
    const ended = once(secure.connections[0]!, 'close');
    const closed = edge.close();
    release.resolve();
    expect((await answer).answers).toEqual(['A 192.0.2.53']);
    await closed;
    await ended;
  });
});
