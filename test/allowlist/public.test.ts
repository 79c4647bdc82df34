import { BlockList } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { type Address, formatAddress, isPublic, prefixOf } from '../../src/lib/ip.js';
import { anyAddress, anyWord, prefix } from './support.js';

describe('what is public', () => {
  /**
   * The IANA special-purpose address registries: block, and whether it is marked globally reachable (null: not
   * applicable). Left out are the reachable blocks that hold services and no clients, inside 192.0.0.0/24 and 2001::/23.
   */
  const REGISTRY: [block: string, reachable: boolean | null][] = [
    ['0.0.0.0/8', false],
    ['10.0.0.0/8', false],
    ['100.64.0.0/10', false],
    ['127.0.0.0/8', false],
    ['169.254.0.0/16', false],
    ['172.16.0.0/12', false],
    ['192.0.0.0/24', false],
    ['192.0.0.0/29', false],
    ['192.0.0.8/32', false],
    ['192.0.0.170/32', false],
    ['192.0.0.171/32', false],
    ['192.0.2.0/24', false],
    ['192.31.196.0/24', true],
    ['192.52.193.0/24', true],
    ['192.88.99.0/24', null],
    ['192.168.0.0/16', false],
    ['192.175.48.0/24', true],
    ['198.18.0.0/15', false],
    ['198.51.100.0/24', false],
    ['203.0.113.0/24', false],
    ['240.0.0.0/4', false],
    ['255.255.255.255/32', false],
    ['::1/128', false],
    ['::/128', false],
    ['64:ff9b:1::/48', false],
    ['100::/64', false],
    ['100:0:0:1::/64', false],
    ['2001::/23', false],
    ['2001::/32', null],
    ['2001:2::/48', false],
    ['2001:10::/28', null],
    ['2001:db8::/32', false],
    ['2002::/16', null],
    ['2620:4f:8000::/48', true],
    ['3fff::/20', false],
    ['5f00::/16', false],
    ['fc00::/7', false],
    ['fe80::/10', false],
  ];

  it.each(REGISTRY)('follows the registry for %s: %s', (block, reachable) => {
    expect(isPublic(prefix(block))).toBe(reachable === true);
  });

  it.each(['224.0.0.0/4', '239.1.2.3', 'ff00::/8', 'ff0e::1', 'fec0::1', '4000::1', '64:ff9b::/64'])(
    'rejects %s, which is not global unicast',
    (text) => {
      expect(isPublic(prefix(text))).toBe(false);
    },
  );

  it.each(['0.0.0.0/0', '192.0.0.0/8', '8.0.0.0/5', '::/0', '2000::/3', '2001::/16', '3c00::/6'])(
    'rejects %s, which contains a range that is not public',
    (text) => {
      expect(isPublic(prefix(text))).toBe(false);
    },
  );

  it.each([
    '1.1.1.1',
    '9.0.0.0/8',
    '11.0.0.0/8',
    '172.32.0.0/16',
    '223.255.255.0/24',
    '2400::/12',
    '2a00:1450::/32',
  ])('accepts %s', (text) => {
    expect(isPublic(prefix(text))).toBe(true);
  });

  it('agrees with a BlockList of the registry on every single address', () => {
    // Apart, because a BlockList looks IPv4 addresses up in IPv6 subnets too, as mapped ones.
    const refused = { ipv4: new BlockList(), ipv6: new BlockList() };
    const family = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
    const outside = ['224.0.0.0/4', '::/3', '4000::/2', '8000::/1'];
    for (const block of [
      ...REGISTRY.filter(([, reachable]) => !reachable).map(([each]) => each),
      ...outside,
    ]) {
      const [base = '', length] = block.split('/');
      refused[family(block)].addSubnet(base, Number(length), family(block));
    }
    const near = fc.constantFrom(...REGISTRY).chain(([block]) => {
      const { family, words, length } = prefix(block);
      return anyWord.map((noise): Address => {
        const at = Math.min(words.length - 1, Math.floor(length / 32));
        return {
          family,
          words: words.map((word, i) => (i === at ? (word ^ (noise >>> (length % 32))) >>> 0 : word)),
        };
      });
    });
    const mapped = ({ family, words }: Address) => family === 6 && words[0] === 0 && words[1] === 0;
    fc.assert(
      fc.property(fc.oneof(anyAddress, near), (each) => {
        fc.pre(!mapped(each));
        const text = formatAddress(each);
        expect(isPublic(prefix(text))).toBe(!refused[family(text)].check(text, family(text)));
      }),
      { numRuns: 5000 },
    );
  });

  it('never calls an address public that ipaddr.js does not call unicast', () => {
    const reachableServices = ['as112', 'as112v6', 'amt', 'orchid2', 'droneRemoteIdProtocolEntityTags'];
    fc.assert(
      fc.property(anyAddress, (each) => {
        const range = ipaddr.parse(formatAddress(each)).range();
        fc.pre(!reachableServices.includes(range));
        if (isPublic(prefixOf(each, each.words.length * 32))) expect(range).toBe('unicast');
      }),
      { numRuns: 5000 },
    );
  });
});
