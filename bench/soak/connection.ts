// One connection to the gateway, HTTP/1.1 by hand, so that a lost request can be distinguished from one that was never sent.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** No connection could be opened. */
export class Refused extends Error {}

/** A request was sent on an open connection, and no whole answer came. */
export class Dropped extends Error {}

const GIVE_UP_MS = 20_000;

export class Connection {
  private received: Buffer = Buffer.alloc(0);
  private waiting: PromiseWithResolvers<Answer> | null = null;
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('end', () => this.end());
    socket.on('close', () => this.end());
    socket.on('error', () => this.end());
  }

  /** Rejects with Refused. */
  static async open(port: number, host = '127.0.0.1'): Promise<Connection> {
    const socket = connect(port, host);
    await once(socket, 'connect').catch(() => {
      throw new Refused();
    });
    return new Connection(socket);
  }

  /** Nothing can be asked any more: the server has closed it, or said that it will. */
  get isOver(): boolean {
    return this.ended;
  }

  /** One request at a time. Rejects with Dropped. */
  ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Answer> {
    const fields = Object.entries({ host: 'gateway.example', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    this.waiting = Promise.withResolvers();
    const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${fields.join('')}${length}\r\n${body}`);
    return this.waiting.promise;
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const headEnd = this.received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const end = headEnd + 4 + length;
    if (!(this.received.length >= end)) return;
    const body = this.received.toString('utf8', headEnd + 4, end);
    this.received = this.received.subarray(end);
    if (/\r\nconnection: close/i.test(head)) this.ended = true;
    this.waiting?.resolve({ status: Number(head.slice(9, 12)), body });
    this.waiting = null;
  }

  private end(): void {
    this.ended = true;
    this.waiting?.reject(new Dropped());
    this.waiting = null;
    this.socket.destroy();
  }
}
