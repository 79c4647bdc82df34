// UDP sockets of Linux: opened with a share of a port, read and written in batches, each datagram in bytes of its own.
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { constants } from 'node:os';
import type { Endpoint } from '../../config/settings.js';
import { type Address, isMapped, parseAddress } from '../../lib/ip.js';
import { setUint16, uint16, uint32 } from '../wire/name.js';
import { MAX_QUERY } from '../wire/query.js';
import { UDP_PAYLOAD } from '../wire/wire.js';
import type { Libc } from './libc.js';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const MSG_DONTWAIT = 0x40;
const MSG_WAITFORONE = 0x10000;

/** What the system queues for a socket while its thread is busy; the kernel may give less. */
const BUFFER_BYTES = 4 * 1024 * 1024;
/** So long a thread waits for a datagram before it looks whether it is to stop. */
const RECEIVE_MS = 100;
const SEND_MS = 100;

/** struct sockaddr_in6; sockaddr_in is shorter. */
const SOCKADDR = 28;

/** One of several sockets on a port. The descriptor is the process's: any thread may use it, and none loses it by dying. */
export interface DatagramSocket {
  readonly fd: number;
  /** Whether it is bound to every address, so that answers have to say from which one they come. */
  readonly isWildcard: boolean;
  readonly isIpv6: boolean;
}

/**
 * Opens `count` sockets that share the port; the system deals datagrams out by their source. Rejects with an error that
 * has the system's code, such as EADDRINUSE. Resolves with the port.
 */
export async function openSockets(
  libc: Libc,
  { host, port }: Endpoint,
  count: number,
): Promise<{ sockets: DatagramSocket[]; port: number }> {
  const { address } = await lookup(host);
  const sockets: DatagramSocket[] = [];
  let bound = port;
  try {
    for (let i = 0; i < count; i++) {
      const socket = openSocket(libc, address);
      sockets.push(socket);
      bound = bindSocket(libc, socket, address, bound);
    }
    return { sockets, port: bound };
  } catch (error) {
    closeSockets(libc, sockets);
    throw error;
  }
}

export function closeSockets(libc: Libc, sockets: readonly DatagramSocket[]): void {
  for (const { fd } of sockets) libc.close(fd);
}

function openSocket(libc: Libc, address: string): DatagramSocket {
  const isIpv6 = isIPv6(address);
  const fd = checked(libc, libc.socket(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const isWildcard = address === '0.0.0.0' || address === '::';
  const set = (level: number, option: number, ...values: number[]) => {
    const value = intBytes(...values);
    libc.setsockopt(fd, level, option, value, value.length);
  };
  set(SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
  set(SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
  set(SOL_SOCKET, SO_RCVTIMEO, 0, 0, RECEIVE_MS * 1000, 0);
  set(SOL_SOCKET, SO_SNDTIMEO, 0, 0, SEND_MS * 1000, 0);
  if (isIpv6) set(IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (isWildcard && isIpv6) set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  if (isWildcard && !isIpv6) set(IPPROTO_IP, IP_PKTINFO, 1);
  return { fd, isWildcard, isIpv6 };
}

function bindSocket(libc: Libc, { fd, isIpv6 }: DatagramSocket, address: string, port: number): number {
  const at = new Uint8Array(isIpv6 ? SOCKADDR : 16);
  at[0] = isIpv6 ? AF_INET6 : AF_INET;
  setUint16(at, 2, port);
  if (isIpv6) at.set(ipv6Bytes(address), 8);
  else at.set(address.split('.').map(Number), 4);
  checked(libc, libc.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, intBytes(1), 4));
  checked(libc, libc.bind(fd, at, at.length));
  checked(libc, libc.getsockname(fd, at, intBytes(at.length)));
  return uint16(at, 2);
}

/** Words of 32 bits as the system has them. */
function intBytes(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function ipv6Bytes(address: string): number[] {
  // Only a mapped address is parsed as IPv4, and nobody binds to one.
  const words = parseAddress(address)?.words ?? [];
  return words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
}

function checked(libc: Libc, result: number): number {
  if (result >= 0) return result;
  const number = libc.errno();
  const code = Object.entries(constants.errno).find(([, each]) => each === number)?.[0] ?? `errno ${number}`;
  throw Object.assign(new Error(`a socket could not be opened (${code})`), { code });
}

/** Datagrams that are taken with one call. */
const BATCH = 64;
/** One datagram and its answer. Not a multiple of 4096, so that not all begin in the same set of the processor's cache. */
const SLOT = MAX_QUERY + 128;
/** Room for a sockaddr. */
const ADDRESS = 32;
const CONTROL = 64;
/** Where in the control bytes of IPv4 the number of the interface stands. */
const PKTINFO_INTERFACE = 16;
const IOVEC = 16;
/** struct mmsghdr: name, name length, iovec, its count, control, its length, flags; then the datagram's length. */
const MMSGHDR = 64;
const NAME_LENGTH_WORD = 2;
const CONTROL_LENGTH_WORD = 10;
const LENGTH_WORD = 14;

/**
 * A batch of datagrams and of answers, in one piece of memory: their bytes, their addresses, and the structures that the
 * system reads and writes. After `receive` each slot holds a datagram, from 0 on; `answer` puts the answer that stands in
 * a slot into the batch that `flush` sends.
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
  /** From each header of an answer to the end, for when a batch is sent in parts. */
  private readonly answerHeaders: Uint8Array[] = [];
  private answerCount = 0;
  private written = BATCH;
  private readonly ipv4 = { family: 4 as const, words: [0] };
  private readonly ipv6 = { family: 6 as const, words: [0, 0, 0, 0] };

  constructor(
    private readonly libc: Libc,
    private readonly socket: DatagramSocket,
  ) {
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

  /** Waits for datagrams, takes all that are there, and tells how many; 0 when none came for a while; -1 on a fault. */
  receive(): number {
    const { words } = this;
    // What the system has overwritten last time.
    for (let i = 0; i < this.written; i++) {
      const header = (this.received + i * MMSGHDR) >> 2;
      words[header + NAME_LENGTH_WORD] = SOCKADDR;
      if (this.socket.isWildcard) words[header + CONTROL_LENGTH_WORD] = CONTROL;
    }
    const count = this.libc.recvmmsg(this.socket.fd, this.receivedHeaders, BATCH, MSG_WAITFORONE, null);
    this.written = Math.max(count, 0);
    if (this.socket.isWildcard && !this.socket.isIpv6) this.forgetInterfaces();
    if (count >= 0) return count;
    const errno = this.libc.errno();
    return errno === constants.errno.EAGAIN || errno === constants.errno.EINTR ? 0 : -1;
  }

  /** Which one a datagram came by does not matter: the way back may be another. */
  private forgetInterfaces(): void {
    for (let i = 0; i < this.written; i++) {
      this.words[(this.controlsAt + i * CONTROL + PKTINFO_INTERFACE) >> 2] = 0;
    }
  }

  /** The bytes of a slot. */
  slot(index: number): Uint8Array {
    return this.slots[index]!;
  }

  /** How many bytes of the slot the datagram has. One that is longer than its slot is cut. */
  length(index: number): number {
    return this.words[((this.received + index * MMSGHDR) >> 2) + LENGTH_WORD]!;
  }

  /** Whom a datagram is from; the next call overwrites it. */
  source(index: number): Address {
    const { bytes, ipv4, ipv6 } = this;
    const at = this.addressesAt + index * ADDRESS;
    if (bytes[at] === AF_INET) {
      ipv4.words[0] = uint32(bytes, at + 4);
      return ipv4;
    }
    for (let i = 0; i < 4; i++) ipv6.words[i] = uint32(bytes, at + 8 + i * 4);
    if (!isMapped(ipv6.words)) return ipv6;
    ipv4.words[0] = ipv6.words[3]!;
    return ipv4;
  }

  /** A copy of where a datagram came from and to, for `LateAnswers`. */
  path(index: number): DatagramPath {
    const header = (this.received + index * MMSGHDR) >> 2;
    const copy = (at: number, length: number) => this.bytes.slice(at, at + length);
    const controlLength = this.socket.isWildcard ? this.words[header + CONTROL_LENGTH_WORD]! : 0;
    return {
      from: copy(this.addressesAt + index * ADDRESS, this.words[header + NAME_LENGTH_WORD]!),
      control: copy(this.controlsAt + index * CONTROL, controlLength),
    };
  }

  /** The first `length` bytes of the slot go back to where its datagram came from, and from the address it came to. */
  answer(index: number, length: number): void {
    const { words } = this;
    const from = (this.received + index * MMSGHDR) >> 2;
    const to = (this.answers + this.answerCount * MMSGHDR) >> 2;
    // The pointers to address and control bytes, and their lengths; those to the answer's bytes stand in its iovec.
    for (let i = 0; i < 4; i++) words[to + i] = words[from + i]!;
    for (let i = 8; i < 12; i++) words[to + i] = words[from + i]!;
    const fromIovec = (this.iovecsAt + index * IOVEC) >> 2;
    const toIovec = (this.iovecsAt + (BATCH + this.answerCount) * IOVEC) >> 2;
    words[toIovec] = words[fromIovec]!;
    words[toIovec + 1] = words[fromIovec + 1]!;
    words[toIovec + 2] = length;
    this.answerCount += 1;
  }

  /** Sends what was answered. The number of answers that the system did not take. */
  flush(): number {
    let faults = 0;
    let sent = 0;
    while (sent < this.answerCount) {
      const count = this.libc.sendmmsg(this.socket.fd, this.answerHeaders[sent]!, this.answerCount - sent, 0);
      if (count > 0) sent += count;
      else {
        // The first of the rest cannot be sent; those behind it may be.
        sent += 1;
        faults += 1;
      }
    }
    this.answerCount = 0;
    return faults;
  }
}

/** Where a datagram came from, and to if its socket is bound to every address: as the system wrote it. */
export interface DatagramPath {
  readonly from: Uint8Array;
  readonly control: Uint8Array;
}

// Where in the memory of LateAnswers what a header points to stands.
const LATE_NAME = MMSGHDR + IOVEC;
const LATE_CONTROL = LATE_NAME + ADDRESS;
const LATE_MESSAGE = LATE_CONTROL + CONTROL;

/** Sends answers one by one that were not there when their batch was sent. */
export class LateAnswers {
  private readonly memory = new ArrayBuffer(LATE_MESSAGE + UDP_PAYLOAD);
  private readonly bytes = new Uint8Array(this.memory);
  private readonly view = new DataView(this.memory);

  constructor(private readonly libc: Libc) {
    const base = libc.address(this.bytes);
    const point = (at: number, target: number) => this.view.setBigUint64(at, base + BigInt(target), true);
    point(0, LATE_NAME);
    point(16, MMSGHDR);
    this.view.setUint32(24, 1, true);
    point(32, LATE_CONTROL);
    point(MMSGHDR, LATE_MESSAGE);
  }

  /** Does not wait; false when the system does not take it. At most 1232 bytes. */
  send({ fd }: DatagramSocket, message: Uint8Array, { from, control }: DatagramPath): boolean {
    this.bytes.set(from, LATE_NAME);
    this.bytes.set(control, LATE_CONTROL);
    this.bytes.set(message, LATE_MESSAGE);
    this.view.setUint32(NAME_LENGTH_WORD * 4, from.length, true);
    this.view.setUint32(CONTROL_LENGTH_WORD * 4, control.length, true);
    this.view.setUint32(MMSGHDR + 8, message.length, true);
    return this.libc.sendmmsg(fd, this.bytes, 1, MSG_DONTWAIT) === 1;
  }
}
