// Functions of the C library that Node does not offer: batched datagrams (recvmmsg and sendmmsg of Linux).
import { createRequire } from 'node:module';
import { endianness } from 'node:os';

/** A pointer into an ArrayBuffer. No function keeps it. */
type Memory = Uint8Array | null;

/** As in section 2 of the Linux manual. All return -1 on an error, whose number `errno` returns then. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: Memory, length: number): number;
  bind(fd: number, address: Memory, length: number): number;
  getsockname(fd: number, address: Memory, length: Memory): number;
  recvmmsg(fd: number, messages: Memory, count: number, flags: number, timeout: Memory): number;
  sendmmsg(fd: number, messages: Memory, count: number, flags: number): number;
  close(fd: number): number;
  errno(): number;
  /** The address of the bytes, which V8 does not move. */
  address(memory: Uint8Array): bigint;
}

/** Architectures with the same layout of structures and the same option numbers. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64', 'riscv64'];

/** Null: the system has no such functions, or koffi has no build for it. */
export function loadLibc(): Libc | null {
  if (process.platform !== 'linux' || !ARCHITECTURES.includes(process.arch) || endianness() !== 'LE')
    return null;
  try {
    // Required here, because importing koffi throws where it has no build.
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const libc = koffi.load(null);
    return {
      socket: libc.func('int socket(int, int, int)'),
      setsockopt: libc.func('int setsockopt(int, int, int, void *, unsigned int)'),
      bind: libc.func('int bind(int, void *, unsigned int)'),
      getsockname: libc.func('int getsockname(int, void *, void *)'),
      recvmmsg: libc.func('int recvmmsg(int, void *, unsigned int, int, void *)'),
      sendmmsg: libc.func('int sendmmsg(int, void *, unsigned int, int)'),
      close: libc.func('int close(int)'),
      errno: () => koffi.errno(),
      address: (memory) => koffi.address(memory),
    };
  } catch {
    return null;
  }
}
