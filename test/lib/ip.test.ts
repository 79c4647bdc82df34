import { isIP } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress, parsePrefix, userPrefix } from '../../src/lib/ip.js';
import { address, anyAddress, anyPrefix, prefix } from '../allowlist/support.js';

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

  it('accepts exactly what the operating system accepts, except zones', () => {
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

  it('counts a user as the IPv4 address, or as the /64 in IPv6', () => {
    expect(userPrefix(address('192.0.2.1')).text).toBe('192.0.2.1');
    expect(userPrefix(address('2001:db8:1:2:3:4:5:6')).text).toBe('2001:db8:1:2::/64');
  });
});
