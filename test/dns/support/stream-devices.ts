// Devices that ask over DoT and DoH, also through a load balancer that says in a PROXY header whom it speaks for.
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { TcpDevice } from './device.js';
import { addressBytes } from './proxy-header.js';

export interface Connecting {
  readonly source: string;
  /** To which it connects; by default the loopback address of the source's family. */
  readonly server?: string;
  readonly port: number | null;
  /** Bytes before all others. */
  readonly header?: Buffer;
  readonly tls?: ConnectionOptions;
  /** Whether it stays open when the edge has ended its side; true when absent. */
  readonly allowHalfOpen?: boolean;
}

/** A TCP connection from the source on which the header, if any, has been sent. */
export async function connectFrom({
  source,
  server,
  port,
  header,
  allowHalfOpen = true,
}: Connecting): Promise<Socket> {
  const host = server ?? (addressBytes(source).length === 16 ? '::1' : '127.0.0.1');
  const socket = connect({ port: port!, host, localAddress: source, allowHalfOpen });
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (header !== undefined) socket.write(header);
  return socket;
}

/** The same after a TLS handshake; rejects with the reason when there is none. */
export async function secureFrom(connecting: Connecting): Promise<TLSSocket> {
  const socket = await connectFrom(connecting);
  const secure = connectTls({ socket, rejectUnauthorized: false, ...connecting.tls });
  try {
    await once(secure, 'secureConnect');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  secure.on('error', () => {});
  return secure;
}

/** The edge has ended its side, or reset the connection because bytes had come that nobody wants to read. */
export function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['end', 'close']) socket.once(event, () => resolve());
    socket.resume();
  });
}

/** A device on DNS over TLS. */
export async function dotDevice(connecting: Connecting): Promise<TcpDevice> {
  const tls = { ALPNProtocols: ['dot'], ...connecting.tls };
  return new TcpDevice(await secureFrom({ ...connecting, tls }));
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export const QUERY_TYPE = { 'content-type': 'application/dns-message' };

/** A device on DNS over HTTPS. */
export class DohDevice {
  readonly closed: Promise<unknown>;

  private constructor(readonly session: ClientHttp2Session) {
    this.closed = new Promise<void>((resolve) => session.once('close', () => resolve()));
    session.on('error', () => {});
  }

  static async at(connecting: Connecting): Promise<DohDevice> {
    const tls = { ALPNProtocols: ['h2'], ...connecting.tls };
    const socket = await secureFrom({ ...connecting, tls, allowHalfOpen: false });
    const session = connectHttp2('https://127.0.0.1', { createConnection: () => socket });
    return new DohDevice(session);
  }

  /** Rejects when the stream is reset or the connection closed before the answer is whole. */
  async request(headers: Record<string, string>, content?: Buffer): Promise<HttpAnswer> {
    const stream = this.session.request(headers, { endStream: content === undefined });
    if (content !== undefined) stream.end(content);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = once(stream, 'end');
    const closed = once(stream, 'close').then(() => {
      throw new Error(`the stream was closed (${stream.rstCode})`);
    });
    closed.catch(() => {});
    ended.catch(() => {});
    const [head] = (await Promise.race([once(stream, 'response'), closed])) as [IncomingHttpHeaders];
    await ended;
    return { status: Number(head[':status']), headers: head, body: Buffer.concat(chunks) };
  }

  get(query: Buffer): Promise<HttpAnswer> {
    return this.request({ ':path': `/dns-query?dns=${query.toString('base64url')}` });
  }

  post(query: Buffer): Promise<HttpAnswer> {
    return this.request({ ':path': '/dns-query', ':method': 'POST', ...QUERY_TYPE }, query);
  }

  close(): void {
    this.session.destroy();
  }
}
