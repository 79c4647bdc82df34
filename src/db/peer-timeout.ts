// Ends a TCP connection whose peer has vanished silently, such as after a loss of power. Otherwise the kernel tries to deliver
// sent bytes for a quarter of an hour, and needs hours to notice that an idle connection is dead. Node.js has no call for it.
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** tcp(7): how long sent bytes may stay unacknowledged. With keep-alive it limits idle connections, too. */
const IPPROTO_TCP = 6;
const TCP_USER_TIMEOUT = 18;

/** Milliseconds of silence of the peer's kernel. The kernel of a busy server still answers. */
const SILENCE_MS = 4000;
/** The first probe of an idle connection; the next ones follow each second. */
const PROBE_MS = 2000;

type SetSocketOption = (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: number,
) => number;

let setSocketOption: SetSocketOption | null | undefined;

/** Call it when the socket is connected. On other systems than Linux only idle connections are limited, to 12 seconds. */
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
    // Loaded on first use: where koffi has no build for the machine, importing it throws.
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    return koffi.load(null).func('int setsockopt(int, int, int, void *, unsigned int)');
  } catch {
    return null;
  }
}
