// The PROXY protocol, version 2: a header in which a load balancer names both ends of a connection or datagram.
import { type Address, addressOf, contains, type Prefix } from '../../lib/ip.js';
import type { Route } from './transports.js';

export interface ProxyHeader {
  /** Bytes of the whole header. The message or stream begins after them. */
  readonly length: number;
  /** The client, and the balancer's address to which it has sent. Null: a health check of the balancer itself (command LOCAL). */
  readonly route: Route | null;
}

/** HAProxy's specification, section 2.2. */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED_BYTES = 16;
/** More than the addresses and all TLVs in use need, client certificates included. A longer header is malformed. */
const MAX_BYTES = 4096;

/** Version 2 in the upper half of the byte, the command in the lower one. */
const LOCAL = 0x20;
const PROXY = 0x21;

/**
 * Family and transport → bytes of an address, and of both addresses with their ports. The transport is that of the client,
 * which a balancer may change. UNIX sockets have no address for access control. For UNSPEC with PROXY section 2.2 leaves
 * the choice: with the balancer's own address every client behind it would be allowed, so it is rejected.
 */
const SHAPES = new Map([
  [0x11, { address: 4, block: 12 }],
  [0x12, { address: 4, block: 12 }],
  [0x21, { address: 16, block: 36 }],
  [0x22, { address: 16, block: 36 }],
]);

/**
 * Parses the header at the start of a stream or datagram. `incomplete`: the bytes are valid so far, and more must come.
 * TLVs are ignored. Never throws.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | 'incomplete' | 'malformed' {
  const compared = Math.min(bytes.length, SIGNATURE.length);
  for (let at = 0; at < compared; at++) if (bytes[at] !== SIGNATURE[at]) return 'malformed';
  const [command, family] = bytes.subarray(SIGNATURE.length);
  if (command !== undefined && command !== LOCAL && command !== PROXY) return 'malformed';
  const shape = family === undefined ? undefined : SHAPES.get(family);
  // The rest of a LOCAL header is to be ignored, its family included.
  if (command === PROXY && family !== undefined && shape === undefined) return 'malformed';
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  const length = FIXED_BYTES + bytes[14]! * 256 + bytes[15]!;
  const least = command === PROXY && shape !== undefined ? FIXED_BYTES + shape.block : FIXED_BYTES;
  if (length < least || length > MAX_BYTES) return 'malformed';
  if (bytes.length < length) return 'incomplete';
  if (command === LOCAL || shape === undefined) return { length, route: null };
  const address = (index: number) => {
    const start = FIXED_BYTES + index * shape.address;
    return addressOf(bytes.subarray(start, start + shape.address));
  };
  return { length, route: { source: address(0), server: address(1) } };
}

/** Whether the peer is a configured balancer: its PROXY headers are trusted, and required. */
export function isBalancer(peer: Address, balancers: readonly Prefix[]): boolean {
  return balancers.some((prefix) => contains(prefix, peer));
}

/**
 * The offset of the DNS message in a datagram, and between whom it goes. Null: the peer is a balancer and has sent no valid
 * header. The datagram of any other peer is the message, whatever it looks like. `received`: as the system states it.
 */
export function readDatagram(
  bytes: Uint8Array,
  received: Route,
  balancers: readonly Prefix[],
): { readonly start: number; readonly route: Route } | null {
  if (!isBalancer(received.source, balancers)) return { start: 0, route: received };
  const header = readProxyHeader(bytes);
  if (typeof header === 'string') return null;
  return { start: header.length, route: header.route ?? received };
}
