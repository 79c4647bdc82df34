import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLimiter, type ConnectionSlot } from '../../../src/dns/policy/connection-limit.js';
import { type Address, parseAddress } from '../../../src/lib/ip.js';

const LISTED = ['203.0.113.7', '203.0.113.8'];

let outcomes: string[];
let closed: string[];
beforeEach(() => {
  outcomes = [];
  closed = [];
});

function admissionOf(connections: number, connectionsPerSource: number): ConnectionLimiter {
  const listed = LISTED.map((text) => parseAddress(text)!.words[0]);
  const isAllowed = ({ words }: Address) => listed.includes(words[0]);
  return new ConnectionLimiter({ connections, connectionsPerSource }, isAllowed, (outcome) =>
    outcomes.push(outcome),
  );
}

function enter(
  admission: ConnectionLimiter,
  source: string,
  name = source,
  isBusy = false,
): ConnectionSlot | null {
  return admission.enter(parseAddress(source)!, { isBusy: () => isBusy, evict: () => closed.push(name) });
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('when the places of strangers are all taken', () => {
  it('a newcomer has the oldest one of the source with the most', () => {
    const admission = admissionOf(1000, 20);
    for (const round of numbers(20)) {
      for (const source of numbers(25)) enter(admission, `198.51.${source}.1`, `${source}-${round}`);
    }
    expect(admission.size).toBe(500);
    expect(enter(admission, '192.0.2.1')).not.toBeNull();
    expect(closed).toEqual(['0-0']);
    expect(enter(admission, '192.0.2.2')).not.toBeNull();
    expect(closed).toEqual(['0-0', '1-0']);
    expect(admission.size).toBe(500);
    expect(outcomes).toEqual(['evicted', 'evicted']);
  });

  it.each([
    ['an IPv4 /24', (index: number) => `198.51.100.${index}`, '198.51.101.1'],
    ['an IPv6 /59', (index: number) => `2001:db8:1:e${(index % 32).toString(16)}::1`, '2001:db8:2::1'],
    ['an IPv6 /48', (index: number) => `2001:db8:1:${index.toString(16)}::1`, '2001:db8:2::1'],
  ])('%s counts as one network', (_, sourceOf, newcomer) => {
    const admission = admissionOf(400, 20);
    const others = numbers(100).map((index) => `192.0.${index}.1`);
    for (const source of others) enter(admission, source);
    for (const index of numbers(100)) enter(admission, sourceOf(index), 'of the network');
    for (let times = 0; times < 20; times++) enter(admission, newcomer);
    expect(closed).toHaveLength(20);
    expect(new Set(closed)).toEqual(new Set(['of the network']));
  });

  it('within a network, too, the one with the most gives its place up', () => {
    const admission = admissionOf(20, 20);
    enter(admission, '2001:db8:1:100::1', 'a household');
    for (const index of numbers(9)) enter(admission, `2001:db8:1:20${index}::1`, 'a /56');
    enter(admission, '192.0.2.1');
    expect(closed).toEqual(['a /56']);
  });

  it('those that were used least recently go first', () => {
    const admission = admissionOf(6, 20);
    const [first] = ['192.0.2.1', '198.51.100.1', '203.0.112.1'].map((source) => enter(admission, source));
    first!.touch();
    enter(admission, '192.0.3.1');
    enter(admission, '192.0.4.1');
    expect(closed).toEqual(['198.51.100.1', '203.0.112.1']);
  });

  it('half of all remains for sources that are listed, and half for those that are not', () => {
    const admission = admissionOf(8, 20);
    for (const index of numbers(10)) enter(admission, `198.51.${index}.1`, 'stranger');
    expect(admission.size).toBe(4);
    closed = [];
    for (const index of numbers(6)) enter(admission, LISTED[index % 2]!, 'listed');
    expect(closed).toEqual(['listed', 'listed']);
    expect(admission.size).toBe(8);
  });

  it('listed sources may have all of it, until others come', () => {
    const admission = admissionOf(8, 20);
    for (const index of numbers(8)) enter(admission, LISTED[index % 2]!, 'listed');
    expect(closed).toEqual([]);
    for (const index of numbers(5)) enter(admission, `198.51.${index}.1`, `stranger ${index}`);
    expect(closed).toEqual(['listed', 'listed', 'listed', 'listed', 'stranger 0']);
  });

  it('balancers that have not said whom they speak for count as one network', () => {
    const admission = admissionOf(20, 20);
    const balancer = parseAddress('192.0.2.200')!;
    for (const index of numbers(9)) {
      admission.enterBalancer(balancer, { isBusy: () => false, evict: () => closed.push(`waits ${index}`) });
    }
    enter(admission, '198.51.100.1');
    enter(admission, '198.51.101.1');
    expect(closed).toEqual(['waits 0']);
  });
});

describe('a source that has all its places', () => {
  it('has the one that it used least recently closed for a new one', () => {
    const admission = admissionOf(1000, 3);
    for (const name of ['a', 'b', 'c', 'd']) enter(admission, '2001:db8::1', name);
    enter(admission, '2001:db8::2', 'of the same /64');
    expect(closed).toEqual(['a', 'b']);
    expect(admission.size).toBe(3);
  });

  it('gets no further one while answers are looked for on all', () => {
    const admission = admissionOf(1000, 2);
    for (const name of ['a', 'b']) enter(admission, LISTED[0]!, name, true);
    expect(enter(admission, LISTED[0]!, 'c')).toBeNull();
    expect(enter(admission, LISTED[1]!)).not.toBeNull();
    expect({ closed, outcomes }).toEqual({ closed: [], outcomes: ['rejected'] });
  });
});

it('a source that is shunned gets no place, and others do', () => {
  const admission = admissionOf(100, 20);
  enter(admission, '2001:db8::1')!.shun();
  expect(enter(admission, '2001:db8::2')).toBeNull();
  expect(enter(admission, '2001:db8:0:1::1')).not.toBeNull();
  expect(outcomes).toEqual(['rejected']);
});

it('a place is given back once, and leaves nothing', () => {
  const admission = admissionOf(4, 2);
  const places = [enter(admission, '198.51.100.1'), enter(admission, '2001:db8::1')];
  for (const place of [...places, ...places]) place!.leave();
  places[0]!.touch();
  expect(admission.size).toBe(0);
  for (const index of numbers(2)) enter(admission, `198.51.${index}.1`);
  expect(closed).toEqual([]);
});
