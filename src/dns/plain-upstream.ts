// One question to one upstream: over UDP from a random port, over TCP when the answer is cut.
import type { Socket } from 'node:dgram';
import { connect } from 'node:net';
import type { Endpoint } from '../config/settings.js';
import {
  compare,
  ExchangeError,
  type UpstreamQuestion,
  type UpstreamTransport,
  writeQuery,
} from './exchange.js';
import { framed } from './framing.js';
import { UdpSockets } from './udp-sockets.js';
import { FLAG, HEADER_SIZE } from './wire.js';

const TCP_MS = 2000;

/** So many answers that do not fit are a forgery in progress (RFC 5452 section 9.1); the attempt ends. */
const MAX_FORGED = 32;

export class PlainUpstream implements UpstreamTransport {
  private readonly sockets: UdpSockets;

  constructor(private readonly endpoint: Endpoint) {
    this.sockets = new UdpSockets(endpoint);
  }

  /** An upstream that does not keep the case is asked over TCP, where no one else can answer. */
  async exchange(question: UpstreamQuestion, timeoutMs: number): Promise<Buffer> {
    const query = writeQuery(question);
    const questionEnd = HEADER_SIZE + question.octets.length;
    const socket = await this.socket();
    const reply = await overUdp(socket, query, questionEnd, timeoutMs);
    return reply ?? overTcp(this.endpoint, query, questionEnd);
  }

  close(): void {
    this.sockets.close();
  }

  private async socket(): Promise<Socket> {
    try {
      return await this.sockets.take();
    } catch {
      throw new ExchangeError('unreachable');
    }
  }
}

/** Null when the answer has to be fetched over TCP. Closes the socket. */
function overUdp(
  socket: Socket,
  query: Buffer,
  questionEnd: number,
  timeoutMs: number,
): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const timer = setTimeout(() => reject(new ExchangeError('timeout')), timeoutMs);
  let forged = 0;
  socket.on('error', () => reject(new ExchangeError('unreachable')));
  socket.on('message', (reply) => {
    const match = compare(reply, query, questionEnd);
    if (match === 'other') {
      forged += 1;
      if (forged >= MAX_FORGED) reject(new ExchangeError('timeout'));
    } else {
      const isCut = match === 'other-case' || (reply.readUInt16BE(2) & FLAG.TC) !== 0;
      resolve(isCut ? null : reply);
    }
  });
  socket.send(query, (error) => error && reject(new ExchangeError('unreachable')));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function overTcp(upstream: Endpoint, query: Buffer, questionEnd: number): Promise<Buffer> {
  const socket = connect({ host: upstream.host, port: upstream.port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => reject(new ExchangeError('timeout')), TCP_MS);
  socket.write(framed(query));
  let received: Buffer = Buffer.alloc(0);
  socket.on('error', () => reject(new ExchangeError('unreachable')));
  socket.on('close', () => reject(new ExchangeError('unreachable')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const end = received.length < 2 ? 2 : 2 + received.readUInt16BE(0);
    if (end === 2 || received.length < end) return;
    const reply = received.subarray(2, end);
    if (compare(reply, query, questionEnd) === 'other') reject(new ExchangeError('timeout'));
    else resolve(reply);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
