// A client that sends bytes as they are, as attackers do, and reads what comes back as HTTP/1.1 answers.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export class RawConnection {
  private received = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on('error', () => {});
  }

  /** To the server of a URL, by IPv4. */
  static async to(url: string): Promise<RawConnection> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** The whole answers so far. */
  answers(): RawAnswer[] {
    const answers: RawAnswer[] = [];
    let text = this.received.toString('latin1');
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return answers;
      const [first = '', ...lines] = text.slice(0, end).split('\r\n');
      const headers = Object.fromEntries(
        lines.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
      );
      const length = Number(headers['content-length'] ?? 0);
      const body = text.slice(end + 4, end + 4 + length);
      if (body.length < length) return answers;
      answers.push({ status: Number(first.split(' ')[1]), headers, text: body });
      text = text.slice(end + 4 + length);
    }
  }

  /** All answers, once the server has closed the connection. */
  async ended(): Promise<RawAnswer[]> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.answers();
  }

  close(): void {
    this.socket.destroy();
  }
}
