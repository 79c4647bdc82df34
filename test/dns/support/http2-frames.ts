// Frames of HTTP/2 (RFC 9113 section 4.1) as no library would send them.
import type { TLSSocket } from 'node:tls';

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const END_STREAM = 1;
const END_HEADERS = 4;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** What a client sends first. */
export const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(FRAME.SETTINGS, 0, 0),
]);

/** A GET of the query; without the end of its stream, it may have a body. */
export function requestFrame(stream: number, query: Buffer, { endStream = true } = {}): Buffer {
  const literal = (name: string, value: string) =>
    Buffer.concat([Buffer.from([0]), ...[name, value].flatMap((text) => [length(text), Buffer.from(text)])]);
  const headers = Buffer.concat([
    literal(':method', 'GET'),
    literal(':scheme', 'https'),
    literal(':authority', 'dns.vpn.example'),
    literal(':path', `/dns-query?dns=${query.toString('base64url')}`),
  ]);
  return frame(FRAME.HEADERS, (endStream ? END_STREAM : 0) | END_HEADERS, stream, headers);
}

/** A length of up to 253 in HPACK (RFC 7541 section 5.1), without Huffman coding. */
function length(text: string): Buffer {
  return text.length < 127 ? Buffer.from([text.length]) : Buffer.from([127, text.length - 127]);
}

/** Reads the frames that come. */
export class FrameReader {
  private received = Buffer.alloc(0);
  private wake = () => {};

  constructor(private readonly socket: TLSSocket) {
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    for (const end of ['end', 'close']) socket.on(end, () => this.wake());
  }

  /** The next frame of the type, with those before it left out; rejects when the connection closes before. */
  async next(type: number): Promise<Frame> {
    for (;;) {
      const found = this.take();
      if (found?.type === type) return found;
      if (found !== null) continue;
      if (this.socket.closed || this.socket.readableEnded) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  private take(): Frame | null {
    if (this.received.length < 9) return null;
    const end = 9 + this.received.readUIntBE(0, 3);
    if (this.received.length < end) return null;
    const found = {
      type: this.received[3]!,
      stream: this.received.readUInt32BE(5),
      payload: this.received.subarray(9, end),
    };
    this.received = this.received.subarray(end);
    return found;
  }
}
