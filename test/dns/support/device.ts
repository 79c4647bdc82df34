// A device with one address of 127.0.0.0/8, or ::1, and raw messages, also such as no library would send.
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type Transport = 'udp' | 'tcp';

const ANSWER_MS = 5000;

export class UdpDevice {
  private readonly received: Buffer[] = [];

  private constructor(
    private readonly socket: Datagrams,
    private readonly port: number,
    private readonly host: string,
  ) {
    socket.on('message', (message) => this.received.push(message));
  }

  /** `server`: to which it sends; by default the loopback address of its family. */
  static async at(source: string, port: number, server = hostFor(source)): Promise<UdpDevice> {
    const socket = createSocket(source === '::1' ? 'udp6' : 'udp4');
    socket.bind(0, source);
    await once(socket, 'listening');
    return new UdpDevice(socket, port, server);
  }

  send(message: Buffer): void {
    this.socket.send(message, this.port, this.host);
  }

  /** Resolves when the system has taken the message. */
  sent(message: Buffer): Promise<void> {
    return new Promise((resolve) => this.socket.send(message, this.port, this.host, () => resolve()));
  }

  /** The next message in order of arrival. */
  async next(): Promise<Buffer> {
    if (this.received.length === 0) {
      await once(this.socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
    }
    return this.received.shift()!;
  }

  /** The next message, or null when none comes within so many milliseconds. */
  async nextWithin(ms: number): Promise<Buffer | null> {
    if (this.received.length === 0) {
      await once(this.socket, 'message', { signal: AbortSignal.timeout(ms) }).catch(() => {});
    }
    return this.received.shift() ?? null;
  }

  ask(message: Buffer): Promise<Buffer> {
    this.send(message);
    return this.next();
  }

  close(): void {
    this.socket.close();
  }
}

export class TcpDevice {
  private received = Buffer.alloc(0);
  readonly closed: Promise<unknown>;
  private readonly arrived = { wake: () => {} };

  /** The socket is connected, and secure if it is one of TLS. */
  constructor(readonly socket: Socket) {
    this.closed = once(socket, 'close');
    this.closed.catch(() => {});
    socket.on('error', () => {});
    for (const end of ['end', 'close']) socket.on(end, () => this.arrived.wake());
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.arrived.wake();
    });
  }

  static async at(source: string, port: number): Promise<TcpDevice> {
    const socket = connect({ port, host: hostFor(source), localAddress: source, allowHalfOpen: true });
    await once(socket, 'connect');
    return new TcpDevice(socket);
  }

  send(message: Buffer): void {
    this.socket.write(framed(message));
  }

  /** The next message; rejects when the edge closes the connection before. */
  async next(): Promise<Buffer> {
    for (;;) {
      const end = this.received.length < 2 ? 2 : 2 + this.received.readUInt16BE(0);
      if (end > 2 && this.received.length >= end) {
        const message = this.received.subarray(2, end);
        this.received = this.received.subarray(end);
        return message;
      }
      if (this.socket.closed || this.socket.readableEnded) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.arrived.wake = resolve;
      });
    }
  }

  ask(message: Buffer): Promise<Buffer> {
    this.send(message);
    return this.next();
  }

  close(): void {
    this.socket.destroy();
  }
}

function hostFor(source: string): string {
  return source === '::1' ? '::1' : '127.0.0.1';
}

export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** One question and its answer. */
export async function askOnce(
  options: { port: number; source: string; transport: Transport },
  message: Buffer,
): Promise<Buffer> {
  const kind = options.transport === 'tcp' ? TcpDevice : UdpDevice;
  const device = await kind.at(options.source, options.port);
  try {
    return await device.ask(message);
  } finally {
    device.close();
  }
}
