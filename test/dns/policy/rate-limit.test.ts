import dnsPacket from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { AllowlistReader, AllowlistReplica } from '../../../src/allowlist/replica.js';
import { AnswerCache } from '../../../src/dns/cache/cache-writer.js';
import { createSharedCache } from '../../../src/dns/cache/layout.js';
import { createRates, RATE, SourceLimiter } from '../../../src/dns/policy/rate-limit.js';
import { questionOf } from '../../../src/dns/upstream/forwarder.js';
import { readAnswer } from '../../../src/dns/wire/answer.js';
import { type Address, parseAddress, prefixOf } from '../../../src/lib/ip.js';
import { askOnce, UdpDevice } from '../support/device.js';
import { decode, ednsOption, query, TYPES } from '../support/messages.js';
import { arrivalFrom, testResponder } from '../support/responder.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import { answerTo } from '../support/upstream-server.js';

const LIMIT = { perSecond: 10, burst: 5 };
const address = (text: string): Address => parseAddress(text)!;
const { WITHIN, SLIP, OVER } = RATE;

describe('the rate limit of a source', () => {
  const verdicts = (limiter: SourceLimiter, text: string, datagrams: number, now = 0) =>
    Array.from({ length: datagrams }, () => limiter.take(address(text), now));
  const within = (...args: Parameters<typeof verdicts>) =>
    verdicts(...args).filter((verdict) => verdict === WITHIN).length;

  it('allows a burst, and then the steady rate', () => {
    const limiter = new SourceLimiter(LIMIT);
    expect(within(limiter, '192.0.2.1', 20, 0)).toBe(5);
    expect(within(limiter, '192.0.2.1', 20, 100)).toBe(1);
    expect(within(limiter, '192.0.2.1', 20, 400)).toBe(3);
    expect(within(limiter, '192.0.2.1', 20, 50_000)).toBe(5);
  });

  it('lets every second datagram beyond it slip', () => {
    const limiter = new SourceLimiter(LIMIT);
    expect(verdicts(limiter, '192.0.2.1', 9).slice(5)).toEqual([SLIP, OVER, SLIP, OVER]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:200::1', '2001:db8:1:201::1'],
  ])('does not limit its neighbour: %s and %s', (one, neighbour) => {
    // Two sources share a slot once in 65,536 keys; then the second one is not counted, which is no verdict either.
    const limiter = new SourceLimiter(LIMIT);
    verdicts(limiter, one, 100);
    expect(within(limiter, neighbour, 5)).toBe(5);
  });

  it('is shared by an IPv6 /64, whose addresses change daily', () => {
    const limiter = new SourceLimiter(LIMIT);
    verdicts(limiter, '2001:db8:1:200::1', 5);
    expect(limiter.take(address('2001:db8:1:200:ffff::9'), 0)).not.toBe(WITHIN);
  });

  it('counts one source per slot, and another one in the same slot only after the first has paused', () => {
    const limiter = new SourceLimiter(LIMIT, createRates(1));
    expect(within(limiter, '192.0.2.1', 6)).toBe(5);
    expect(within(limiter, '198.51.100.1', 100)).toBe(100);
    expect(verdicts(limiter, '192.0.2.1', 1)).toEqual([OVER]);
    // After half a second the five datagrams of the first have been due.
    expect(within(limiter, '198.51.100.1', 100, 500)).toBe(5);
    expect(verdicts(limiter, '198.51.100.1', 2, 500)).toEqual([OVER, SLIP]);
  });

  it('assigns a source to another slot each minute', () => {
    const rates = createRates();
    const limiter = new SourceLimiter(LIMIT, rates);
    const slots = Array.from({ length: 20 }, (_, minute) => {
      const before = new Float64Array(rates.sources).slice();
      limiter.take(address('192.0.2.1'), minute * 60_000);
      return new Float64Array(rates.sources).findIndex((value, index) => value !== before[index]);
    });
    expect(new Set(slots).size).toBeGreaterThan(10);
  });

  it('can be read without counting', () => {
    const limiter = new SourceLimiter(LIMIT);
    for (let count = 0; count < 5; count++) {
      expect(limiter.isOver(address('192.0.2.1'), 0)).toBe(false);
      limiter.take(address('192.0.2.1'), 0);
    }
    expect(limiter.isOver(address('192.0.2.1'), 0)).toBe(true);
    expect(limiter.isOver(address('192.0.2.1'), 500)).toBe(false);
  });
});

const ZONE = 'long.attacker.example';

/** The chain with an allowed or an unlisted client as the victim; `slots` of 1: all sources share one. */
function chain({ allowed, slots }: { allowed: readonly string[]; slots?: number }) {
  const allowlist = new AllowlistReplica();
  for (const text of allowed) allowlist.set(prefixOf(address(text), 32), 'us');
  const clock = { now: 1000 };
  const cache = new AnswerCache(createSharedCache(20_000));
  const { responder } = testResponder({
    allowed: address('192.0.2.254'),
    allowlist: new AllowlistReader(allowlist.shared()),
    datagrams: new SourceLimiter(LIMIT, createRates(slots)),
    cache,
    now: () => clock.now,
  });
  const room = new Uint8Array(4096);
  /** What the source would receive. */
  const ask = (source: string, message: Buffer): string => {
    room.set(message);
    const length = responder.respond(room, message.length, arrivalFrom(address(source)));
    return length > 0 ? Buffer.from(room.subarray(0, length)).toString('hex') : String(length);
  };
  const remember = (name: string, strings = 0) => {
    const bytes = query({ name, type: TYPES.TXT });
    const data = [Buffer.alloc(250, 'x'), Buffer.alloc(250, 'x')].slice(0, strings);
    const asked = { name, bytes, packet: dnsPacket.decode(bytes) } as Parameters<typeof answerTo>[0];
    const answer = answerTo(asked, { answers: [{ type: 'TXT', name, ttl: 3600, data }] }) as Buffer;
    responder.query.read(bytes, bytes.length);
    const { key, bytes: question } = questionOf(responder.query);
    cache.set(key, readAnswer(answer, 12 + question.length)!, clock.now);
  };
  remember(ZONE, 2);
  return { ask, clock, remember };
}

describe('an attacker who forges source addresses', () => {
  const VICTIM = '203.0.113.50';
  const ATTACKER = '203.0.113.66';
  const FAR = '198.51.100.66';
  const asks = {
    'for another name': query({ name: 'www.example.org' }),
    'for the portal': query({ name: 'portal.vpn.example' }),
    'for a relayed name': query({ name: 'www.stream.example' }),
    'for a long answer': query({ name: ZONE, type: TYPES.TXT, edns: {} }),
    'with nonsense': Buffer.alloc(20),
  };

  /** What the attacker receives who sends datagrams "from the victim" in between, with moments that depend on the seed. */
  function seen(options: {
    victim: boolean;
    attacker: boolean;
    source: string;
    slots?: number;
    seed: number;
  }) {
    const allowed = [...(options.victim ? [VICTIM] : []), ...(options.attacker ? [options.source] : [])];
    const { ask, clock } = chain({ allowed, ...(options.slots && { slots: options.slots }) });
    const messages = Object.values(asks);
    let state = options.seed;
    const next = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const answers: string[] = [];
    for (let step = 0; step < 400; step++) {
      clock.now += next(4) === 0 ? next(300) : 0;
      const message = messages[next(messages.length)]!;
      if (next(3) === 0) answers.push(ask(options.source, message));
      else ask(VICTIM, message);
    }
    return answers;
  }

  const slots = { 'the same slot': 1, 'a slot of their own': undefined };
  const sources = { 'the same /24': ATTACKER, 'another network': FAR };
  const cases = Object.entries(slots).flatMap(([place, count]) =>
    Object.entries(sources).flatMap(([where, source]) =>
      [false, true].map((attacker) => ({
        who: attacker ? 'an allowed client' : 'an unlisted client',
        where,
        place,
        attacker,
        source,
        ...(count && { slots: count }),
      })),
    ),
  );

  it.each(cases)(
    'as $who in $where and with $place gets the same responses whether the victim is allowed or not',
    (options) => {
      for (let seed = 1; seed <= 20; seed++) {
        const [one, other] = [false, true].map((victim) => seen({ ...options, victim, seed }));
        expect(one).toEqual(other);
        expect(new Set(one).size).toBeGreaterThan(2);
      }
    },
  );

  it.each([
    ['an unlisted client', false, asks['for another name']],
    ['an allowed client', true, asks['for a long answer']],
  ])(
    'as %s can use up the victim’s limit, and learns nothing from its own responses',
    (_who, attacker, message) => {
      for (const victim of [false, true]) {
        const allowed = [...(victim ? [VICTIM] : []), ...(attacker ? [ATTACKER] : [])];
        for (const count of [1, undefined]) {
          const { ask } = chain({ allowed, ...(count && { slots: count }) });
          for (let forged = 0; forged < 3000; forged++) ask(VICTIM, message);
          const own = Array.from({ length: 5 }, () => ask(ATTACKER, message));
          expect(new Set(own).size).toBe(1);
          expect(decode(Buffer.from(own[0]!, 'hex')).flags).not.toContain('TC');
        }
      }
    },
  );

  it('cannot keep an answer in the cache under a customer’s address', () => {
    const isThere = (victim: boolean) => {
      const { ask, remember } = chain({ allowed: [...(victim ? [VICTIM] : []), FAR] });
      for (let index = 0; index < 200; index++) {
        ask(VICTIM, asks['for a long answer']);
        remember(`other-${index}.attacker.example`);
      }
      return ask(FAR, asks['for a long answer']);
    };
    expect(isThere(true)).toBe(isThere(false));
  });
});

describe('a customer whose address is forged by others', () => {
  const VICTIM = '203.0.113.50';

  /** Bytes sent to the victim for each byte that the attacker sends. */
  const amplification = (message: Buffer, datagrams: number, strings: number) => {
    const { ask, remember } = chain({ allowed: [VICTIM] });
    remember(ZONE, strings);
    let sent = 0;
    for (let count = 0; count < datagrams; count++) sent += ask(VICTIM, message).length / 2;
    return sent / (message.length * datagrams);
  };
  const long = query({ name: ZONE, type: TYPES.TXT, edns: {} });

  it.each([1, 2])(
    'gets at most three bytes for each byte of a query over the limit, from an answer with %i strings',
    (strings) => {
      expect(amplification(long, LIMIT.burst, strings)).toBeGreaterThan(5);
      expect(amplification(long, 10_000, strings)).toBeLessThan(1.1);
    },
  );

  it.each([
    ['a relay', query({ name: 'www.stream.example' }), 'A 198.51.100.10'],
    [
      'that there is no address',
      query({ name: 'www.stream.example', type: TYPES.HTTPS }),
      'SOA stream.example 60',
    ],
  ])('gets %s at any rate', (_, message, answer) => {
    const { ask } = chain({ allowed: [VICTIM] });
    for (let count = 0; count < 1000; count++) ask(VICTIM, long);
    const { answers, authority } = decode(Buffer.from(ask(VICTIM, message), 'hex'));
    expect([...answers, ...authority]).toEqual([answer]);
  });

  it('gets large responses at any rate with its cookie', () => {
    const { ask } = chain({ allowed: [VICTIM] });
    const withCookie = (cookie: Buffer) =>
      decode(
        Buffer.from(
          ask(VICTIM, query({ name: ZONE, type: TYPES.TXT, edns: { options: ednsOption(10, cookie) } })),
          'hex',
        ),
      );
    const cookie = Buffer.from(withCookie(Buffer.alloc(8, 7)).opt!.options[0]!.data);
    for (let count = 0; count < 1000; count++) ask(VICTIM, long);
    expect(withCookie(Buffer.alloc(8, 7))).toMatchObject({ flags: 'TC RD RA', answers: [] });
    expect(withCookie(cookie)).toMatchObject({ flags: 'RD RA', answers: { length: 1 } });
  });
});

describe('an edge', () => {
  let edge: TestEdge;
  afterEach(() => edge.close());

  it('drops every second datagram of an unlisted client over the limit; portal responses are truncated, and TCP has no limit', async () => {
    edge = await startTestEdge({ limits: { datagrams: LIMIT }, now: () => 1000 });
    const refused = query({ name: 'www.example.org' });
    const unlisted = await UdpDevice.at('127.0.0.66', edge.port);
    for (let count = 0; count < 5; count++) expect(decode(await unlisted.ask(refused)).rcode).toBe('REFUSED');

    // Room for the whole answer, which only a source within the limit gets.
    const portal = (id: number) =>
      query({
        name: 'portal.vpn.example',
        id,
        rest: Buffer.alloc(200),
      });
    for (let id = 1; id <= 6; id++) unlisted.send(portal(id));
    for (const id of [1, 3, 5]) {
      const answer = decode(await unlisted.next());
      expect(answer).toMatchObject({ id, rcode: 'NOERROR', flags: 'TC RD RA', answers: [] });
      expect(answer.bytes.length).toBeLessThanOrEqual(portal(id).length);
    }
    const neighbour = { port: edge.port, source: '127.0.0.67', transport: 'udp' } as const;
    expect(decode(await askOnce(neighbour, refused)).rcode).toBe('REFUSED');
    expect(decode(await askOnce(neighbour, portal(7))).answers).toHaveLength(2);
    const tcp = { port: edge.port, source: '127.0.0.66', transport: 'tcp' } as const;
    expect(decode(await askOnce(tcp, portal(8))).answers).toHaveLength(2);

    const allowed = { port: edge.port, source: '127.0.0.7', transport: 'udp' } as const;
    for (let count = 0; count < 20; count++) {
      expect(decode(await askOnce(allowed, query({ name: 'www.stream.example' }))).rcode).toBe('NOERROR');
    }
    expect(await edge.registry.metrics()).toContain('dns_answers_total{kind="rate-limited",rcode="NONE"} 3');
    unlisted.close();
  });
});
