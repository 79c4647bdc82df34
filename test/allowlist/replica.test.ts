import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AllowlistReader, AllowlistReplica, type AllowlistUpdate } from '../../src/allowlist/replica.js';
import { formatAddress, type Prefix, prefixOf } from '../../src/lib/ip.js';
import { address, prefix } from './support.js';

function replicaOf(profiles: Readonly<Record<string, string>>): AllowlistReplica {
  const replica = new AllowlistReplica();
  for (const [text, profile] of Object.entries(profiles)) replica.set(prefix(text), profile);
  return replica;
}

describe('the replica', () => {
  it.each([
    ['192.0.2.1', 'one'],
    ['192.0.2.2', 'near'],
    ['192.0.3.1', 'far'],
    ['192.1.0.0', undefined],
    ['255.255.255.255', 'last'],
    ['2001:db8:1:2:ffff::1', 'home'],
    ['2001:db8:1:3::1', 'site'],
    ['2001:db8:1:2::5', 'host'],
    ['2001:db8:2::', undefined],
  ])('finds for %s the profile of the longest prefix: %s', (text, profile) => {
    const replica = replicaOf({
      '192.0.0.0/16': 'far',
      '192.0.2.0/24': 'near',
      '192.0.2.1': 'one',
      '255.255.255.255': 'last',
      '2001:db8:1::/48': 'site',
      '2001:db8:1:2::/64': 'home',
      '2001:db8:1:2::5': 'host',
    });
    expect(replica.find(address(text))).toBe(profile);
  });

  it('holds a prefix of length 0', () => {
    const replica = replicaOf({ '0.0.0.0/0': 'all', '192.0.2.1': 'one' });
    expect(replica.find(address('203.0.113.9'))).toBe('all');
    expect(replica.find(address('192.0.2.1'))).toBe('one');
    expect(replica.find(address('2001:db8::1'))).toBeUndefined();
  });

  it('counts each prefix once, and forgets what is deleted', () => {
    const replica = replicaOf({ '192.0.2.1': 'a', '192.0.2.0/24': 'b', '2001:db8::/64': 'c' });
    replica.set(prefix('192.0.2.1'), 'd');
    expect(replica.size).toBe(3);
    expect(replica.find(address('192.0.2.1'))).toBe('d');
    replica.delete(prefix('192.0.2.1'));
    replica.delete(prefix('192.0.2.1'));
    replica.delete(prefix('2001:db8:0:1::/64'));
    replica.delete(prefix('198.51.100.0/25'));
    expect(replica.size).toBe(2);
    expect(replica.find(address('192.0.2.1'))).toBe('b');
  });

  it('agrees with a BlockList after any sequence of changes', () => {
    const word = fc.constantFrom(0, 1, 2, 0x80000000, 0xc0000201, 0xffffffff);
    const anyAddress = fc.oneof(
      word.map((each) => ({ family: 4 as const, words: [each] })),
      fc
        .tuple(word, word, word, word)
        .map((words) => ({ family: 6 as const, words: [0x20010db8, ...words.slice(1)] })),
    );
    const change = fc
      .tuple(anyAddress, fc.nat(128), fc.boolean())
      .map(([base, length, add]) => ({ at: prefixOf(base, Math.min(length, base.words.length * 32)), add }));
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(anyAddress, { minLength: 5 }),
        (changes, sources) => {
          const replica = new AllowlistReplica();
          const model = new Map<string, (typeof changes)[number]['at']>();
          for (const { at, add } of changes) {
            if (add) {
              replica.set(at, at.text);
              model.set(at.text, at);
            } else {
              replica.delete(at);
              model.delete(at.text);
            }
          }
          expect(replica.size).toBe(model.size);
          const longestFirst = [...model.values()].sort((a, b) => b.length - a.length);
          for (const source of sources) {
            const holder = longestFirst.find(({ family, words, length }) => {
              if (family !== source.family) return false;
              const list = new BlockList();
              list.addSubnet(formatAddress({ family, words }), length, family === 4 ? 'ipv4' : 'ipv6');
              return list.check(formatAddress(source), family === 4 ? 'ipv4' : 'ipv6');
            });
            expect(replica.find(source)).toBe(holder?.text);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Profile number `index`, and an address of its own. */
const profileAt = (index: number) => `46;us;service-${index}=uk`;
const hostAt = (index: number) => prefixOf({ family: 4, words: [0x0a000000 + index] }, 32);

/** A reader as another thread has it: updates reach it when it takes them. */
function distantReader(replica: AllowlistReplica) {
  const waiting: AllowlistUpdate[] = [];
  const takeAll = () => {
    for (const update of waiting.splice(0)) reader.take(structuredClone(update));
  };
  const reader = new AllowlistReader(structuredClone(replica.shared()), takeAll);
  replica.onUpdate((update) => waiting.push(update));
  waiting.length = 0;
  return { waiting, takeAll, profile: (at: Prefix) => reader.profiles[reader.find(at)] };
}

describe('profiles', () => {
  it('are published one by one, and the list is never sent again', () => {
    const replica = new AllowlistReplica();
    const { waiting } = distantReader(replica);
    for (let index = 0; index < 10_000; index++) replica.set(hostAt(index), profileAt(index));
    const published = waiting.filter((update) => update.kind === 'profile');
    expect(published.map(({ profile }) => profile)).toEqual(
      Array.from({ length: 10_000 }, (_, index) => profileAt(index)),
    );
    expect(waiting.filter(({ kind }) => kind === 'all')).toEqual([]);
    expect(waiting.length - published.length).toBeLessThan(40);
  });

  it('are published once, however many prefixes have them and however often they come back', () => {
    const replica = new AllowlistReplica();
    const { waiting } = distantReader(replica);
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 500; index++) replica.set(hostAt(index), profileAt(index % 5));
      for (let index = 0; index < 500; index++) replica.delete(hostAt(index));
    }
    expect(waiting.filter(({ kind }) => kind === 'profile')).toHaveLength(5);
  });

  it('reach a thread that looks up before it has taken its updates', () => {
    const replica = replicaOf({ '192.0.2.1': 'a' });
    const { profile, waiting } = distantReader(replica);
    replica.set(prefix('192.0.2.2'), 'b');
    expect(waiting).not.toEqual([]);
    expect(profile(prefix('192.0.2.2'))).toBe('b');
    expect(profile(prefix('192.0.2.1'))).toBe('a');
  });

  it('are right after a new copy was taken over', () => {
    const replica = replicaOf({ '192.0.2.1': 'a', '192.0.2.2': 'b' });
    const { profile, takeAll } = distantReader(replica);
    replica.become(replicaOf({ '192.0.2.2': 'c', '192.0.2.1': 'b' }));
    replica.set(prefix('192.0.2.1'), 'd');
    // Before its updates it has the copy of before, whole.
    expect(['192.0.2.1', '192.0.2.2'].map((each) => profile(prefix(each)))).toEqual(['a', 'b']);
    takeAll();
    expect(['192.0.2.1', '192.0.2.2'].map((each) => profile(prefix(each)))).toEqual(['d', 'c']);
  });

  it('of any number of changes are found through numbers that are used again', () => {
    const replica = new AllowlistReplica();
    const { profile, takeAll } = distantReader(replica);
    const home = hostAt(1);
    for (let change = 0; change < 200_000; change++) {
      replica.set(home, profileAt(change));
      if (change % 997 !== 0) continue;
      takeAll();
      expect(profile(home)).toBe(profileAt(change));
      expect(replica.find(home)).toBe(profileAt(change));
    }
    // Somebody who changes a network again and again does not fill the memory of every node with texts that nobody has.
    expect(replica.shared().profiles.length).toBeLessThan(1100);
  });

  it('beyond the last number count as no choice, until a number is free', () => {
    const replica = new AllowlistReplica();
    const { profile, takeAll } = distantReader(replica);
    for (let index = 0; index < 65_540; index++) replica.set(hostAt(index), profileAt(index));
    takeAll();
    expect(profile(hostAt(65_532))).toBe(profileAt(65_532));
    expect(profile(hostAt(65_533))).toBeUndefined();
    expect(replica.find(hostAt(65_539))).toBe('');
    for (let index = 0; index < 2000; index++) replica.delete(hostAt(index));
    replica.set(hostAt(65_539), profileAt(65_539));
    takeAll();
    expect(profile(hostAt(65_539))).toBe(profileAt(65_539));
    expect(profile(hostAt(65_532))).toBe(profileAt(65_532));
  });
});

it.each([
  { kind: 'IPv4 addresses', family: 4, most: 8 },
  { kind: 'IPv6 /64', family: 6, most: 13.4 },
])('takes $most bytes for each of 100,000 $kind', ({ family, most }) => {
  const loading = AllowlistReplica.toLoad();
  for (let index = 0; index < 100_000; index++) {
    const spread = Math.imul(index, 0x9e3779b1) >>> 0;
    const words = family === 4 ? [spread] : [0x20010db8, spread, 0, 0];
    loading.set(
      prefixOf({ family: family as 4 | 6, words }, family === 4 ? 32 : 64),
      profileAt(index % 1000),
    );
  }
  const replica = new AllowlistReplica();
  replica.become(loading);
  expect(replica.bytes / replica.size).toBeLessThan(most + 0.01);
});
