import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AllowlistReplica } from '../../src/allowlist/replica.js';
import { formatAddress, prefixOf } from '../../src/lib/ip.js';
import { address, prefix } from './support.js';

function replicaOf(regions: Readonly<Record<string, string>>): AllowlistReplica {
  const replica = new AllowlistReplica();
  for (const [text, region] of Object.entries(regions)) replica.set(prefix(text), region);
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
  ])('finds for %s the region of the longest prefix: %s', (text, region) => {
    const replica = replicaOf({
      '192.0.0.0/16': 'far',
      '192.0.2.0/24': 'near',
      '192.0.2.1': 'one',
      '255.255.255.255': 'last',
      '2001:db8:1::/48': 'site',
      '2001:db8:1:2::/64': 'home',
      '2001:db8:1:2::5': 'host',
    });
    expect(replica.find(address(text))).toBe(region);
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
