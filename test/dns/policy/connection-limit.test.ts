import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLimiter, type ConnectionSlot } from '../../../src/dns/policy/connection-limit.js';
import { type Address, parseAddress } from '../../../src/lib/ip.js';

const ALLOWED = ['203.0.113.7', '203.0.113.8'];

let outcomes: string[];
let closed: string[];
beforeEach(() => {
  outcomes = [];
  closed = [];
});

function admissionOf(connections: number, connectionsPerSource: number): ConnectionLimiter {
  const allowed = ALLOWED.map((text) => parseAddress(text)!.words[0]);
  const isAllowed = ({ words }: Address) => allowed.includes(words[0]);
  return new ConnectionLimiter({ connections, connectionsPerSource }, isAllowed, (outcome) =>
    outcomes.push(outcome),
  );
}

function enter(
  limiter: ConnectionLimiter,
  source: string,
  name = source,
  isBusy = false,
): ConnectionSlot | null {
  return limiter.enter(parseAddress(source)!, { isBusy: () => isBusy, evict: () => closed.push(name) });
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('when unlisted clients have reached the connection limit', () => {
  it('a new client gets the slot of the oldest connection of the source with the most connections', () => {
    const limiter = admissionOf(1000, 20);
    for (const round of numbers(20)) {
      for (const source of numbers(25)) enter(limiter, `198.51.${source}.1`, `${source}-${round}`);
    }
    expect(limiter.size).toBe(500);
    expect(enter(limiter, '192.0.2.1')).not.toBeNull();
    expect(closed).toEqual(['0-0']);
    expect(enter(limiter, '192.0.2.2')).not.toBeNull();
    expect(closed).toEqual(['0-0', '1-0']);
    expect(limiter.size).toBe(500);
    expect(outcomes).toEqual(['evicted', 'evicted']);
  });

  it.each([
    ['an IPv4 /24', (index: number) => `198.51.100.${index}`, '198.51.101.1'],
    ['an IPv6 /59', (index: number) => `2001:db8:1:e${(index % 32).toString(16)}::1`, '2001:db8:2::1'],
    ['an IPv6 /48', (index: number) => `2001:db8:1:${index.toString(16)}::1`, '2001:db8:2::1'],
  ])('%s counts as one network', (_, sourceOf, newcomer) => {
    const limiter = admissionOf(400, 20);
    const others = numbers(100).map((index) => `192.0.${index}.1`);
    for (const source of others) enter(limiter, source);
    for (const index of numbers(100)) enter(limiter, sourceOf(index), 'of the network');
    for (let times = 0; times < 20; times++) enter(limiter, newcomer);
    expect(closed).toHaveLength(20);
    expect(new Set(closed)).toEqual(new Set(['of the network']));
  });

  it('within a network, too, the source with the most connections loses one', () => {
    const limiter = admissionOf(20, 20);
    enter(limiter, '2001:db8:1:100::1', 'a household');
    for (const index of numbers(9)) enter(limiter, `2001:db8:1:20${index}::1`, 'a /56');
    enter(limiter, '192.0.2.1');
    expect(closed).toEqual(['a /56']);
  });

  it('the connections that were used least recently are closed first', () => {
    const limiter = admissionOf(6, 20);
    const [first] = ['192.0.2.1', '198.51.100.1', '203.0.112.1'].map((source) => enter(limiter, source));
    first!.touch();
    enter(limiter, '192.0.3.1');
    enter(limiter, '192.0.4.1');
    expect(closed).toEqual(['198.51.100.1', '203.0.112.1']);
  });

  it('half of all connections is reserved for allowed clients, and half for unlisted ones', () => {
    const limiter = admissionOf(8, 20);
    for (const index of numbers(10)) enter(limiter, `198.51.${index}.1`, 'unlisted');
    expect(limiter.size).toBe(4);
    closed = [];
    for (const index of numbers(6)) enter(limiter, ALLOWED[index % 2]!, 'allowed');
    expect(closed).toEqual(['allowed', 'allowed']);
    expect(limiter.size).toBe(8);
  });

  it('allowed clients may use all connections until unlisted ones come', () => {
    const limiter = admissionOf(8, 20);
    for (const index of numbers(8)) enter(limiter, ALLOWED[index % 2]!, 'allowed');
    expect(closed).toEqual([]);
    for (const index of numbers(5)) enter(limiter, `198.51.${index}.1`, `unlisted ${index}`);
    expect(closed).toEqual(['allowed', 'allowed', 'allowed', 'allowed', 'unlisted 0']);
  });

  it('balancers whose PROXY header has not come count as one network', () => {
    const limiter = admissionOf(20, 20);
    const balancer = parseAddress('192.0.2.200')!;
    for (const index of numbers(9)) {
      limiter.enterBalancer(balancer, { isBusy: () => false, evict: () => closed.push(`waits ${index}`) });
    }
    enter(limiter, '198.51.100.1');
    enter(limiter, '198.51.101.1');
    expect(closed).toEqual(['waits 0']);
  });
});

describe('a source that has all the connections it may have', () => {
  it('loses the least recently used one for a new one', () => {
    const limiter = admissionOf(1000, 3);
    for (const name of ['a', 'b', 'c', 'd']) enter(limiter, '2001:db8::1', name);
    enter(limiter, '2001:db8::2', 'of the same /64');
    expect(closed).toEqual(['a', 'b']);
    expect(limiter.size).toBe(3);
  });

  it('gets no new one while responses are awaited on all', () => {
    const limiter = admissionOf(1000, 2);
    for (const name of ['a', 'b']) enter(limiter, ALLOWED[0]!, name, true);
    expect(enter(limiter, ALLOWED[0]!, 'c')).toBeNull();
    expect(enter(limiter, ALLOWED[1]!)).not.toBeNull();
    expect({ closed, outcomes }).toEqual({ closed: [], outcomes: ['rejected'] });
  });
});

it('a source that is shunned gets no connection, and others do', () => {
  const limiter = admissionOf(100, 20);
  enter(limiter, '2001:db8::1')!.shun();
  expect(enter(limiter, '2001:db8::2')).toBeNull();
  expect(enter(limiter, '2001:db8:0:1::1')).not.toBeNull();
  expect(outcomes).toEqual(['rejected']);
});

it('a slot is released once, and nothing of it remains', () => {
  const limiter = admissionOf(4, 2);
  const places = [enter(limiter, '198.51.100.1'), enter(limiter, '2001:db8::1')];
  for (const place of [...places, ...places]) place!.leave();
  places[0]!.touch();
  expect(limiter.size).toBe(0);
  for (const index of numbers(2)) enter(limiter, `198.51.${index}.1`);
  expect(closed).toEqual([]);
});
