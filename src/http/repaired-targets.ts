// Requests of boxes that send a path without its leading slash, or characters outside ASCII. Node's parser refuses such a request
// line (RFC 9112 section 3.2), although it is clear what is meant. The connection is then served again from its first byte, with
// the line as it should be.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';

/** `method target version`; the target has no slash in front, or a byte outside ASCII. Absolute and asterisk forms are valid. */
const REQUEST_LINE = /^(GET|POST) (?!\*|https?:\/\/)(\S+) (HTTP\/1\.[01]\r?\n)/;

/** The request with a target that Node reads; null: it cannot be repaired. `packet`: the bytes at which the parser stopped. */
export function repaired(packet: Buffer): { readonly target: string; readonly bytes: Buffer } | null {
  const [line, method, sent = '', version] = REQUEST_LINE.exec(packet.toString('latin1')) ?? [];
  if (line === undefined) return null;
  // In latin1 each character is one byte.
  const ascii = sent.replaceAll(/[^!-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  const target = ascii.startsWith('/') ? ascii : `/${ascii}`;
  if (target === sent) return null;
  return {
    target,
    bytes: Buffer.concat([Buffer.from(`${method} ${target} ${version}`), packet.subarray(line.length)]),
  };
}

/** Serves the connection again: `bytes` stand for all that has arrived. The server's limits hold for it as for any connection. */
export function serveAgain(server: Server, socket: Socket, bytes: Buffer): void {
  const [served, ours] = duplexPair();
  // The server reads them off its connections.
  Object.assign(served, { remoteAddress: socket.remoteAddress, setTimeout: () => served });
  server.emit('connection', served);
  ours.write(bytes);
  socket.pipe(ours).pipe(socket);
  socket.once('close', () => ours.destroy());
  ours.once('error', () => socket.destroy());
}
