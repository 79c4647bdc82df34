// Datagrams of one UDP socket, received and sent in batches: one system call for up to 64 of them (recvmmsg, sendmmsg).
import { constants } from 'node:os';
import { type Address, isMapped } from '../../lib/ip.js';
import { uint32 } from '../wire/name.js';
import { MAX_QUERY } from '../wire/query.js';
import type { Libc } from './libc.js';
import {
  ADDRESS,
  AF_INET,
  CONTROL,
  CONTROL_LENGTH_WORD,
  IOVEC,
  LENGTH_WORD,
  MMSGHDR,
  NAME_LENGTH_WORD,
  PKTINFO_INTERFACE,
  PKTINFO_IPV4,
  PKTINFO_IPV6,
  SOCKADDR_IN6,
} from './message-headers.js';
import type { DatagramSocket } from './shared-port-sockets.js';
import type { DatagramPath } from './single-datagrams.js';
import type { Route } from './transports.js';

const MSG_WAITFORONE = 0x10000;

/** Datagrams that one call receives at most. */
const BATCH = 64;
/** Bytes for one datagram and its response. Not a multiple of 4096, so that slots begin in different sets of the CPU cache. */
const SLOT = MAX_QUERY + 128;

/** Reads addresses in network order. Each call overwrites the object that the call before has returned. */
class AddressReader {
  private readonly ipv4 = { family: 4 as const, words: [0] };
  private readonly ipv6 = { family: 6 as const, words: [0, 0, 0, 0] };

  ipv4At(bytes: Uint8Array, at: number): Address {
    this.ipv4.words[0] = uint32(bytes, at);
    return this.ipv4;
  }

  /** IPv4-mapped ones are the IPv4 address. */
  ipv6At(bytes: Uint8Array, at: number): Address {
    const { words } = this.ipv6;
    for (let i = 0; i < 4; i++) words[i] = uint32(bytes, at + i * 4);
    return isMapped(words) ? this.ipv4At(bytes, at + 12) : this.ipv6;
  }
}

/**
 * A batch of datagrams and their responses in one piece of memory: their bytes, their addresses, and the structures that
 * the system reads and writes. After `receive` each slot from 0 on holds a datagram. `answer` adds the response that stands
 * in a slot to the batch that `flush` sends.
 */
export class DatagramBatch {
  private readonly memory = new ArrayBuffer(BATCH * (SLOT + ADDRESS + CONTROL + 2 * (IOVEC + MMSGHDR)));
  private readonly bytes = new Uint8Array(this.memory);
  private readonly words = new Int32Array(this.memory);
  private readonly slots: Uint8Array[] = [];
  private readonly addressesAt = BATCH * SLOT;
  private readonly controlsAt = this.addressesAt + BATCH * ADDRESS;
  private readonly iovecsAt = this.controlsAt + BATCH * CONTROL;
  private readonly received = this.iovecsAt + 2 * BATCH * IOVEC;
  private readonly answers = this.received + BATCH * MMSGHDR;
  private readonly receivedHeaders = this.bytes.subarray(this.received, this.answers);
  /** From each response's header to the end of the memory: the system may send a batch in parts. */
  private readonly answerHeaders: Uint8Array[] = [];
  private answerCount = 0;
  private written = BATCH;
  private readonly source = new AddressReader();
  private readonly server = new AddressReader();
  private readonly between: { source: Address; server: Address };

  constructor(
    private readonly libc: Libc,
    private readonly socket: DatagramSocket,
  ) {
    this.between = { source: socket.address, server: socket.address };
    const base = libc.address(this.bytes);
    const view = new DataView(this.memory);
    const point = (at: number, target: number) => view.setBigUint64(at, base + BigInt(target), true);
    for (let i = 0; i < BATCH; i++) {
      this.slots.push(this.bytes.subarray(i * SLOT, (i + 1) * SLOT));
      this.answerHeaders.push(this.bytes.subarray(this.answers + i * MMSGHDR));
      for (const [iovec, header] of [
        [this.iovecsAt + i * IOVEC, this.received + i * MMSGHDR],
        [this.iovecsAt + (BATCH + i) * IOVEC, this.answers + i * MMSGHDR],
      ] as const) {
        point(iovec, i * SLOT);
        view.setUint32(iovec + 8, SLOT, true);
        point(header, this.addressesAt + i * ADDRESS);
        point(header + 16, iovec);
        view.setUint32(header + 24, 1, true);
        if (socket.isWildcard) point(header + 32, this.controlsAt + i * CONTROL);
      }
    }
  }

  /** Waits for datagrams and receives all that are there. Returns their number; 0 when none came in 100 ms; -1 on a socket error. */
  receive(): number {
    const { words } = this;
    // The system has overwritten these lengths last time.
    for (let i = 0; i < this.written; i++) {
      const header = (this.received + i * MMSGHDR) >> 2;
      words[header + NAME_LENGTH_WORD] = SOCKADDR_IN6;
      if (this.socket.isWildcard) words[header + CONTROL_LENGTH_WORD] = CONTROL;
    }
    const count = this.libc.recvmmsg(this.socket.fd, this.receivedHeaders, BATCH, MSG_WAITFORONE, null);
    this.written = Math.max(count, 0);
    if (this.socket.isWildcard && !this.socket.isIpv6) this.forgetInterfaces();
    if (count >= 0) return count;
    const errno = this.libc.errno();
    return errno === constants.errno.EAGAIN || errno === constants.errno.EINTR ? 0 : -1;
  }

  /** A response may leave by another interface than the one by which its query came. */
  private forgetInterfaces(): void {
    for (let i = 0; i < this.written; i++) {
      this.words[(this.controlsAt + i * CONTROL + PKTINFO_INTERFACE) >> 2] = 0;
    }
  }

  /** The bytes of a slot. */
  slot(index: number): Uint8Array {
    return this.slots[index]!;
  }

  /** Bytes of the datagram in the slot. One that is longer than its slot is truncated. */
  length(index: number): number {
    return this.words[((this.received + index * MMSGHDR) >> 2) + LENGTH_WORD]!;
  }

  /** The source of a datagram, and the address to which it was sent. The next call overwrites the object and its addresses. */
  route(index: number): Route {
    const { bytes, between: route } = this;
    const at = this.addressesAt + index * ADDRESS;
    route.source =
      bytes[at] === AF_INET ? this.source.ipv4At(bytes, at + 4) : this.source.ipv6At(bytes, at + 8);
    route.server = this.serverOf(index);
    return route;
  }

  private serverOf(index: number): Address {
    const { socket, server, bytes } = this;
    const header = (this.received + index * MMSGHDR) >> 2;
    if (!socket.isWildcard || this.words[header + CONTROL_LENGTH_WORD] === 0) return socket.address;
    const control = this.controlsAt + index * CONTROL;
    return socket.isIpv6
      ? server.ipv6At(bytes, control + PKTINFO_IPV6)
      : server.ipv4At(bytes, control + PKTINFO_IPV4);
  }

  /** A copy of the addresses of a datagram, for `SingleDatagrams`. */
  path(index: number): DatagramPath {
    const header = (this.received + index * MMSGHDR) >> 2;
    const copy = (at: number, length: number) => this.bytes.slice(at, at + length);
    const controlLength = this.socket.isWildcard ? this.words[header + CONTROL_LENGTH_WORD]! : 0;
    return {
      from: copy(this.addressesAt + index * ADDRESS, this.words[header + NAME_LENGTH_WORD]!),
      control: copy(this.controlsAt + index * CONTROL, controlLength),
    };
  }

  /** Sends the first `length` bytes of the slot, at the next `flush`, to the datagram's source, from its destination address. */
  answer(index: number, length: number): void {
    const { words } = this;
    const from = (this.received + index * MMSGHDR) >> 2;
    const to = (this.answers + this.answerCount * MMSGHDR) >> 2;
    // Pointers to address and control bytes, with their lengths. The pointer to the response stands in its iovec.
    for (let i = 0; i < 4; i++) words[to + i] = words[from + i]!;
    for (let i = 8; i < 12; i++) words[to + i] = words[from + i]!;
    const fromIovec = (this.iovecsAt + index * IOVEC) >> 2;
    const toIovec = (this.iovecsAt + (BATCH + this.answerCount) * IOVEC) >> 2;
    words[toIovec] = words[fromIovec]!;
    words[toIovec + 1] = words[fromIovec + 1]!;
    words[toIovec + 2] = length;
    this.answerCount += 1;
  }

  /** Sends all responses. Returns the number of those that the system has rejected. */
  flush(): number {
    let errors = 0;
    let sent = 0;
    while (sent < this.answerCount) {
      const count = this.libc.sendmmsg(this.socket.fd, this.answerHeaders[sent]!, this.answerCount - sent, 0);
      if (count > 0) sent += count;
      else {
        // The first of the rest is rejected; the system may accept those behind it.
        sent += 1;
        errors += 1;
      }
    }
    this.answerCount = 0;
    return errors;
  }
}
