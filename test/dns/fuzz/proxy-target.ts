// Headers of the PROXY protocol, whole and broken, before queries in datagrams and streams.

import { readDatagram, readProxyHeader } from '../../../src/dns/transport/proxy-protocol.js';
import { type Address, formatAddress, parsePrefix } from '../../../src/lib/ip.js';
import { LOCAL_HEADER, proxyHeader } from '../support/proxy-header.js';
import type { Target } from './campaign.js';
import { QUERIES } from './corpus.js';
import { require } from './invariants.js';
import { changedBy } from './mutator.js';
import type { Random } from './random.js';

const HEADERS: readonly Buffer[] = [
  LOCAL_HEADER,
  proxyHeader({ source: '192.0.2.1' }),
  proxyHeader({ source: '192.0.2.1', family: 0x12 }),
  proxyHeader({ source: '2001:db8::1' }),
  proxyHeader({ source: '2001:db8::1', rest: Buffer.from([3, 0, 4, 1, 2, 3, 4]) }),
  proxyHeader({ source: '192.0.2.1', command: 0x20 }),
  proxyHeader({ source: '192.0.2.1', family: 0 }),
];
const SIGNATURE = 12;
const FIXED = 16;

const SERVER: Address = { family: 4, words: [0x0a000003] };
const FROM_BALANCER = { source: { family: 4, words: [0x0a000001] }, server: SERVER } as const;
const FROM_UNLISTED = { source: { family: 4, words: [0x0a000002] }, server: SERVER } as const;
const BALANCERS = [parsePrefix('10.0.0.1')].filter((prefix) => typeof prefix !== 'string');

export class ProxyTarget implements Target {
  readonly name = 'PROXY headers';

  make(random: Random): Buffer {
    const whole = Buffer.concat([random.pick(HEADERS), random.pick(QUERIES)]);
    return changedBy(random, whole, HEADERS, random.below(4));
  }

  feed(packet: Buffer): void {
    const header = readProxyHeader(packet);
    if (header === 'incomplete') {
      const more = readProxyHeader(Buffer.concat([packet, Buffer.alloc(5000)]));
      require(more !== 'incomplete', 'a header is not waited for without end');
    } else if (header !== 'malformed') {
      const length = FIXED + packet.readUInt16BE(14);
      require(header.length === length && length <= packet.length, 'a header ends where it says');
      require(packet
        .subarray(0, SIGNATURE)
        .equals(LOCAL_HEADER.subarray(0, SIGNATURE)), 'it has the signature');
      require(packet[12] === 0x21 || header.route === null, 'only the command PROXY names a source');
      require(header.route === null ||
        this.isIn(packet, 0, header.route.source), 'the source is the one in the header');
      require(header.route === null ||
        this.isIn(packet, 1, header.route.server), 'the server is the destination in the header');
    }
    const other = readDatagram(packet, FROM_UNLISTED, BALANCERS);
    require(other?.start === 0 && other.route === FROM_UNLISTED, 'the header of another peer is not read');
    const balancers = readDatagram(packet, FROM_BALANCER, BALANCERS);
    require((balancers === null) ===
      (typeof header === 'string'), 'a balancer sends a valid header, or is ignored');
  }

  /** `index`: of the two addresses of the header. */
  private isIn(packet: Buffer, index: number, source: Address): boolean {
    const words = (count: number) =>
      Array.from({ length: count }, (_, at) => packet.readUInt32BE(FIXED + (index * count + at) * 4));
    const isIpv4 = packet[13]! >> 4 === 1;
    const expected: Address = isIpv4 ? { family: 4, words: words(1) } : { family: 6, words: words(4) };
    const mapped = `::ffff:${source.family === 4 ? formatAddress(source) : ''}`;
    const text = formatAddress(expected);
    return text === formatAddress(source) || (!isIpv4 && source.family === 4 && isMapped(expected, mapped));
  }
}

/** Whether the IPv6 address is the mapped form of the IPv4 address in the text. */
function isMapped({ words }: Address, text: string): boolean {
  const quad = text.slice('::ffff:'.length).split('.').map(Number);
  const word = ((quad[0]! << 24) | (quad[1]! << 16) | (quad[2]! << 8) | quad[3]!) >>> 0;
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff && words[3] === word;
}
