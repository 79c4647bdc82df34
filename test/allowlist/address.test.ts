import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  formatAddress,
  isPublic,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixOf,
  userPrefix,
} from '../../src/allowlist/address.js';
import { decodeKey, encodeKey, isKey, keysWithin, prefixOfKey } from '../../src/allowlist/keys.js';
import { address, prefix } from './support.js';

const anyWord = fc.integer({ min: 0, max: 0xffffffff });
const anyIPv4 = anyWord.map((word): Address => ({ family: 4, words: [word] }));
const anyIPv6 = fc
  .tuple(...[0, 1, 2, 3].map(() => fc.oneof(anyWord, fc.constantFrom(0, 1, 0xffff, 0x10000))))
  .map((words): Address => ({ family: 6, words }))
  .filter(({ words }) => !(words[0] === 0 && words[1] === 0 && words[2] === 0xffff));
const anyAddress = fc.oneof(anyIPv4, anyIPv6);
const anyPrefix = anyAddress.chain((each) =>
  fc.integer({ min: 0, max: each.words.length * 32 }).map((length) => prefixOf(each, length)),
);

describe('reading an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::ffff:102:304', '1.2.3.4'],
    ['0:0:0:0:0:FFFF:1.2.3.4', '1.2.3.4'],
    ['::', '::'],
    ['::1', '::1'],
    ['::1.2.3.4', '::102:304'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    // RFC 5952 sections 2 and 4
    ['2001:0DB8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ])('reads %s as %s', (text, canonical) => {
    expect(formatAddress(address(text))).toBe(canonical);
  });

  it.each([
    '',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.4.',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3',
    '1..2.3',
    '１.2.3.4',
    'fe80::1%eth0',
    '[::1]',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::01.2.3.4',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it('accepts exactly what the system accepts, but for zones', () => {
    const fragments = fc.constantFrom(
      ...'0123456789abcfF:.%'.split(''),
      '::',
      '255',
      '256',
      '::ffff:',
      '1.2.3.4',
    );
    const nearly = fc.oneof(
      fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(40), fragments).map(([text, at, fragment]) => {
        return text.slice(0, at) + fragment + text.slice(at + 1);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(nearly, fc.ipV4(), fc.ipV6()), (text) => {
        expect(parseAddress(text) !== null).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 5000 },
    );
  });

  it('means the same as ipaddr.js and WHATWG URL', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const parsed = address(text);
        if (parsed.family === 6)
          expect(new URL(`http://[${text}]`).hostname).toBe(`[${formatAddress(parsed)}]`);
        // ipaddr.js reads any IPv6 address with a dotted end, ::192.0.2.1 too, as an IPv4 one.
        if (text.includes(':') && text.includes('.')) return;
        const theirs = ipaddr.process(text);
        expect(formatAddress(parsed)).toBe(
          theirs instanceof ipaddr.IPv6 ? theirs.toRFC5952String() : theirs.toString(),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(anyAddress, (each) => {
        expect(parseAddress(formatAddress(each))).toEqual(each);
      }),
    );
  });
});

describe('reading a prefix', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 32],
    ['192.0.2.1/32', '192.0.2.1', 32],
    ['192.0.2.0/24', '192.0.2.0/24', 24],
    ['0.0.0.0/0', '0.0.0.0/0', 0],
    ['2001:DB8:1:2::/64', '2001:db8:1:2::/64', 64],
    ['2001:db8::1/128', '2001:db8::1', 128],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24', 24],
    ['::/0', '::/0', 0],
  ])('reads %s', (text, canonical, length) => {
    expect(prefix(text)).toMatchObject({ text: canonical, length });
  });

  it.each([
    ['192.0.2.1/24', 'HOST_BITS_SET'],
    ['2001:db8::1/64', 'HOST_BITS_SET'],
    ['::ffff:192.0.2.0/90', 'HOST_BITS_SET'],
    ['192.0.2.0/33', 'NOT_AN_ADDRESS'],
    ['2001:db8::/129', 'NOT_AN_ADDRESS'],
    ['192.0.2.0/', 'NOT_AN_ADDRESS'],
    ['192.0.2.0/024', 'NOT_AN_ADDRESS'],
    ['192.0.2.0/-1', 'NOT_AN_ADDRESS'],
    ['192.0.2.0/24/24', 'NOT_AN_ADDRESS'],
    ['192.0.2.0/255.255.255.0', 'NOT_AN_ADDRESS'],
    ['192.0.2/24', 'NOT_AN_ADDRESS'],
    ['/24', 'NOT_AN_ADDRESS'],
    ['', 'NOT_AN_ADDRESS'],
  ])('refuses %j as %s', (text, fault) => {
    expect(parsePrefix(text)).toBe(fault);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(anyPrefix, (each) => {
        expect(parsePrefix(each.text)).toEqual(each);
      }),
    );
  });

  it('takes a user for the IPv4 address, or for the /64 in IPv6', () => {
    expect(userPrefix(address('192.0.2.1')).text).toBe('192.0.2.1');
    expect(userPrefix(address('2001:db8:1:2:3:4:5:6')).text).toBe('2001:db8:1:2::/64');
  });
});

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
    'refuses %s, which is no global unicast',
    (text) => {
      expect(isPublic(prefix(text))).toBe(false);
    },
  );

  it.each(['0.0.0.0/0', '192.0.0.0/8', '8.0.0.0/5', '::/0', '2000::/3', '2001::/16', '3c00::/6'])(
    'refuses %s, which holds a range that is not public',
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

describe('the key of a prefix', () => {
  it('has a fixed form', () => {
    expect(encodeKey(prefix('192.0.2.0/24'))).toBe('4c000020018');
    expect(encodeKey(prefix('2001:db8:1:2::/64'))).toBe('620010db800010002000000000000000040');
  });

  it('reads back as the prefix', () => {
    fc.assert(
      fc.property(anyPrefix, (each) => {
        const { text, ...words } = each;
        expect(prefixOfKey(encodeKey(each))).toEqual(each);
        expect(decodeKey(encodeKey(each))).toEqual(words);
      }),
    );
  });

  it.each(['', 'epoch', '4c0000201', '4c000020130', '5c000020118', '4C000020118', `6${'0'.repeat(32)}90`])(
    'refuses %j',
    (text) => {
      expect(isKey(text)).toBe(false);
      expect(() => decodeKey(text)).toThrow('malformed');
    },
  );

  it('lies between the bounds of a prefix exactly when it is inside that prefix', () => {
    const inside = (inner: Prefix, outer: Prefix) =>
      inner.family === outer.family &&
      inner.length >= outer.length &&
      prefixOf(inner, outer.length).text === outer.text;
    const pairs = fc.tuple(anyPrefix, anyPrefix, fc.nat(128)).map(([inner, other, length]) => {
      const related = prefixOf(inner, Math.min(length, inner.words.length * 32));
      return [inner, length % 3 === 0 ? other : related] as const;
    });
    fc.assert(
      fc.property(pairs, ([inner, outer]) => {
        const { first, last } = keysWithin(outer);
        const key = encodeKey(inner);
        expect(key >= first && key <= last).toBe(inside(inner, outer));
      }),
      { numRuns: 2000 },
    );
  });
});
