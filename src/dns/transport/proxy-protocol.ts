// The header of the PROXY protocol, version 2, in which a load balancer names the source that it speaks for.
import { type Address, addressOf, contains, type Prefix } from '../../lib/ip.js';

export interface ProxyHeader {
  /** Bytes of the whole header; what it stands before begins after them. */
  readonly length: number;
  /** Null: the balancer speaks for itself, to see whether we are there (command LOCAL). */
  readonly source: Address | null;
}

/** HAProxy's specification, section 2.2. */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED_BYTES = 16;
/** Room for every TLV in use beside the addresses, client certificates included; a balancer that needs more is broken. */
const MAX_BYTES = 4096;

/** The upper half of the byte is the version. */
const LOCAL = 0x20;
const PROXY = 0x21;

/**
 * Family and transport → bytes of an address, and of both addresses with their ports. The transport is the client's and
 * need not be ours: a balancer may ask over TCP what it was asked over UDP. UNIX sockets have no address that a gate
 * could know. For UNSPEC with PROXY section 2.2 leaves the choice: the balancer's own address would let in whoever it
 * speaks for, so it is refused.
 */
const SHAPES = new Map([
  [0x11, { address: 4, block: 12 }],
  [0x12, { address: 4, block: 12 }],
  [0x21, { address: 16, block: 36 }],
  [0x22, { address: 16, block: 36 }],
]);

/**
 * Reads the header at the start of a stream or a datagram. `incomplete`: all bytes so far are right, and more must come.
 * Type-length-value parts are passed over. Never throws.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | 'incomplete' | 'malformed' {
  const compared = Math.min(bytes.length, SIGNATURE.length);
  for (let at = 0; at < compared; at++) if (bytes[at] !== SIGNATURE[at]) return 'malformed';
  const [command, family] = bytes.subarray(SIGNATURE.length);
  if (command !== undefined && command !== LOCAL && command !== PROXY) return 'malformed';
  const shape = family === undefined ? undefined : SHAPES.get(family);
  // What else stands in a LOCAL header is to be ignored, its family included.
  if (command === PROXY && family !== undefined && shape === undefined) return 'malformed';
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  const length = FIXED_BYTES + bytes[14]! * 256 + bytes[15]!;
  const least = command === PROXY && shape !== undefined ? FIXED_BYTES + shape.block : FIXED_BYTES;
  if (length < least || length > MAX_BYTES) return 'malformed';
  if (bytes.length < length) return 'incomplete';
  if (command === LOCAL || shape === undefined) return { length, source: null };
  return { length, source: addressOf(bytes.subarray(FIXED_BYTES, FIXED_BYTES + shape.address)) };
}

/** Whether PROXY headers of the peer are believed; then it must send them. */
export function isBalancer(peer: Address, balancers: readonly Prefix[]): boolean {
  return balancers.some((prefix) => contains(prefix, peer));
}

/**
 * The same for a datagram of a peer: where its message begins, and for whom it speaks. Null when the peer is a balancer
 * and there is no sound header; a peer that is none speaks for itself, whatever its datagram looks like.
 */
export function readDatagram(
  bytes: Uint8Array,
  peer: Address,
  balancers: readonly Prefix[],
): { readonly start: number; readonly source: Address } | null {
  if (!isBalancer(peer, balancers)) return { start: 0, source: peer };
  const header = readProxyHeader(bytes);
  if (typeof header === 'string') return null;
  return { start: header.length, source: header.source ?? peer };
}
