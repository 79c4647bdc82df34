// Ends a TCP connection whose other end has vanished without a word, such as by a loss of power: else the kernel tries for a
// quarter of an hour to deliver what was sent, and hours to learn that an idle connection is dead. Node has no call for it.
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** From tcp(7): how long sent bytes may stay without an acknowledgement. With keep-alive it bounds idle connections, too. */
const IPPROTO_TCP = 6;
const TCP_USER_TIMEOUT = 18;

/** Milliseconds without a word from the other end's kernel. A busy server's kernel still answers. */
const SILENCE_MS = 4000;
/** The first probe of an idle connection; the next ones come each second. */
const PROBE_MS = 2000;

type SetSocketOption = (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: number,
) => number;

let setSocketOption: SetSocketOption | null | undefined;

/** Call it when the socket is connected. Elsewhere than on Linux only idle connections are watched, for 12 seconds. */
export function endWhenPeerIsSilent(stream: Duplex): void {
  const socket = stream as Socket & { readonly _handle?: { readonly fd?: number } };
  socket.setKeepAlive?.(true, PROBE_MS);
  const fd = socket._handle?.fd;
  if (fd === undefined || fd < 0) return;
  setSocketOption ??= loadSetSocketOption();
  const value = new Uint8Array(Uint32Array.of(SILENCE_MS).buffer);
  setSocketOption?.(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, value, value.length);
}

function loadSetSocketOption(): SetSocketOption | null {
  if (process.platform !== 'linux') return null;
  try {
    // Required when it is needed: without a build for this machine the mere import of koffi throws.
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    return koffi.load(null).func('int setsockopt(int, int, int, void *, unsigned int)');
  } catch {
    return null;
  }
}
