// UDP sockets of Linux that share a port: opened, set up and closed through the C library.
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { constants } from 'node:os';
import type { Endpoint } from '../../config/settings.js';
import { type Address, parseAddress } from '../../lib/ip.js';
import { setUint16, uint16 } from '../wire/name.js';
import type { Libc } from './libc.js';
import { AF_INET, AF_INET6, SOCKADDR_IN, SOCKADDR_IN6 } from './message-headers.js';

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

/** Bytes that the system queues for a socket while its thread is busy. The kernel may grant less. */
const BUFFER_BYTES = 4 * 1024 * 1024;
/** How long a thread waits for a datagram before it checks whether it has to stop. */
const RECEIVE_MS = 100;
const SEND_MS = 100;

/** One of several sockets on a port. Its descriptor belongs to the process: it stays open when the thread that reads it dies. */
export interface DatagramSocket {
  readonly fd: number;
  /** The address to which it is bound. */
  readonly address: Address;
  /** Whether it is bound to every address, so that each response must name the address from which it is sent. */
  readonly isWildcard: boolean;
  readonly isIpv6: boolean;
}

/**
 * Opens `count` sockets that share the port (SO_REUSEPORT); the system distributes datagrams by source address and port.
 * Resolves with the port. Rejects with an error whose `code` is the system's, such as EADDRINUSE.
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
  return { fd, address: boundTo(address), isWildcard, isIpv6 };
}

function bindSocket(libc: Libc, { fd, isIpv6 }: DatagramSocket, address: string, port: number): number {
  const at = new Uint8Array(isIpv6 ? SOCKADDR_IN6 : SOCKADDR_IN);
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

/** The system's own text of an address; without a zone, which no address of a datagram has. */
function boundTo(text: string): Address {
  return parseAddress(text.split('%', 1)[0]!) ?? { family: 6, words: [0, 0, 0, 0] };
}

function ipv6Bytes(address: string): number[] {
  // Only a mapped address is parsed as IPv4, and no socket is bound to one.
  const words = parseAddress(address)?.words ?? [];
  return words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
}

function checked(libc: Libc, result: number): number {
  if (result >= 0) return result;
  const number = libc.errno();
  const code = Object.entries(constants.errno).find(([, each]) => each === number)?.[0] ?? `errno ${number}`;
  throw Object.assign(new Error(`a socket could not be opened (${code})`), { code });
}
