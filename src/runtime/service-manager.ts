// Reports to systemd, as sd_notify(3) describes: one datagram to the UNIX socket that NOTIFY_SOCKET names.
import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { notifySocket } from '../config/service-manager.js';

const AF_UNIX = 1;
/** SOCK_DGRAM | SOCK_CLOEXEC */
const DATAGRAMS = 2 | 0o2000000;
/** The size of sun_path in sockaddr_un(7). */
const LONGEST_PATH = 108;

/**
 * Sends one state, such as `READY=1`. Without a service manager, or when it cannot be reached, nothing happens: systemd ends a unit
 * of `Type=notify` that sends nothing before its start timeout.
 */
export function notifyServiceManager(state: string): void {
  const path = notifySocket();
  if (path === null || process.platform !== 'linux' || endianness() !== 'LE') return;
  const address = socketAddress(path);
  if (address === null) return;
  try {
    send(address, Buffer.from(state));
  } catch {
    // koffi has no build for this machine.
  }
}

/** A sockaddr_un. A path that begins with `@` is an abstract address, whose first byte is zero. Null when the path is too long. */
function socketAddress(path: string): Buffer | null {
  const bytes = Buffer.from(path);
  if (bytes.length > LONGEST_PATH || !/^[@/]/.test(path)) return null;
  if (path.startsWith('@')) bytes[0] = 0;
  return Buffer.concat([Buffer.from([AF_UNIX, 0]), bytes]);
}

/** Node.js has no datagrams over UNIX sockets. */
function send(address: Buffer, message: Buffer): void {
  // Loaded on first use: where koffi has no build for the machine, importing it throws.
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const libc = koffi.load(null);
  const fd: number = libc.func('int socket(int, int, int)')(AF_UNIX, DATAGRAMS, 0);
  if (fd < 0) return;
  libc.func('intptr_t sendto(int, void *, size_t, int, void *, unsigned int)')(
    ...[fd, message, message.length, 0, address, address.length],
  );
  libc.func('int close(int)')(fd);
}
