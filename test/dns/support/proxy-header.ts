// PROXY headers, version 2, as a load balancer writes them, and such as none would.
import { isIPv6 } from 'node:net';

export interface ProxyHeaderParts {
  readonly source: string;
  readonly destination?: string;
  /** Version and command. */
  readonly command?: number;
  readonly family?: number;
  /** Bytes after the addresses. */
  readonly rest?: Buffer;
  /** What the header says of its length, when that is not the truth. */
  readonly length?: number;
}

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

export const LOCAL_HEADER = Buffer.concat([SIGNATURE, Buffer.from([0x20, 0, 0, 0])]);

export function proxyHeader(parts: ProxyHeaderParts): Buffer {
  const { source, rest = Buffer.alloc(0) } = parts;
  const bytes = addressBytes(source);
  const destination = addressBytes(parts.destination ?? source);
  const ports = Buffer.from([0x9c, 0x40, 0, 53]);
  const block = Buffer.concat([bytes, destination, ports, rest]);
  const fixed = Buffer.from([
    parts.command ?? 0x21,
    parts.family ?? (bytes.length === 4 ? 0x11 : 0x21),
    0,
    0,
  ]);
  fixed.writeUInt16BE(parts.length ?? block.length, 2);
  return Buffer.concat([SIGNATURE, fixed, block]);
}

/** Without the short forms of IPv6 that have a dotted quad at their end. */
export function addressBytes(text: string): Buffer {
  if (!isIPv6(text)) return Buffer.from(text.split('.').map(Number));
  const [head = '', tail = ''] = text.split('::');
  const groups = (half: string) => half.split(':').filter(Boolean);
  const zeros = new Array<string>(8 - groups(head).length - groups(tail).length).fill('0');
  const all = text.includes('::') ? [...groups(head), ...zeros, ...groups(tail)] : groups(text);
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
