// One question to one upstream: over UDP from a random port, over TCP when the answer is cut.
import type { Socket } from 'node:dgram';
import { connect } from 'node:net';
import type { Endpoint } from '../../config/settings.js';
import { framed } from '../wire/framing.js';
import { HEADER_SIZE } from '../wire/wire.js';
import {
  type AttemptLimits,
  compare,
  ExchangeError,
  faultOf,
  faultWithoutQuestion,
  isTruncated,
  type UpstreamPath,
  type UpstreamQuestion,
  type UpstreamTransport,
  writeQuery,
} from './exchange.js';
import { UdpSockets } from './udp-sockets.js';
import { Health, type HealthState, PROBE } from './upstream-health.js';

/** So many answers that do not fit are a forgery in progress (RFC 5452 section 9.1); the attempt ends. */
const MAX_FORGED = 32;

/** A query as it is sent. */
interface Sent {
  readonly query: Buffer;
  readonly questionEnd: number;
}

export class PlainUpstream implements UpstreamTransport {
  readonly paths: UpstreamTransport['paths'];
  private readonly udpHealth: Health;
  /** An upstream may answer over UDP and not over TCP. */
  private readonly tcpHealth: Health;
  private readonly sockets: UdpSockets;

  constructor(
    private readonly endpoint: Endpoint,
    onHealth: (path: UpstreamPath, state: HealthState) => void,
  ) {
    this.sockets = new UdpSockets(endpoint);
    this.udpHealth = new Health({
      probe: (timeoutMs) => this.overUdp(sentFor(PROBE), timeoutMs),
      onChange: (state) => onHealth('udp', state),
    });
    this.tcpHealth = new Health({
      probe: (timeoutMs) => overTcp(this.endpoint, sentFor(PROBE), timeoutMs),
      onChange: (state) => onHealth('tcp', state),
    });
    this.paths = [
      { path: 'udp', health: this.udpHealth },
      { path: 'tcp', health: this.tcpHealth },
    ];
  }

  /** An upstream that does not keep the case is asked over TCP, where no one else can answer. */
  async exchange(question: UpstreamQuestion, { replyMs, fetchMs, isLast }: AttemptLimits): Promise<Buffer> {
    const sent = sentFor(question);
    const reply = await this.udpHealth.judge(() => this.overUdp(sent, replyMs));
    if (reply !== null) return reply;
    if (this.tcpHealth.state === 'down' && !isLast) throw new ExchangeError('unreachable');
    return this.tcpHealth.judge(() => overTcp(this.endpoint, sent, fetchMs));
  }

  close(): void {
    this.udpHealth.close();
    this.tcpHealth.close();
    this.sockets.close();
  }

  private async overUdp(sent: Sent, timeoutMs: number): Promise<Buffer | null> {
    return exchangeDatagrams(await this.socket(), sent, timeoutMs);
  }

  private async socket(): Promise<Socket> {
    try {
      return await this.sockets.take();
    } catch (error) {
      throw new ExchangeError(faultOf(error));
    }
  }
}

function sentFor(question: UpstreamQuestion): Sent {
  return { query: writeQuery(question), questionEnd: HEADER_SIZE + question.bytes.length };
}

/** Null when the answer has to be fetched over TCP. Closes the socket. */
function exchangeDatagrams(
  socket: Socket,
  { query, questionEnd }: Sent,
  timeoutMs: number,
): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const fail = (error: Error) => reject(new ExchangeError(faultOf(error)));
  const timer = setTimeout(() => reject(new ExchangeError('timeout')), timeoutMs);
  let forged = 0;
  socket.on('error', fail);
  socket.on('message', (reply) => {
    const match = compare(reply, query, questionEnd);
    const fault = match === 'other' ? faultWithoutQuestion(reply, query) : null;
    if (fault !== null) reject(new ExchangeError(fault));
    else if (match !== 'other') resolve(match === 'other-case' || isTruncated(reply) ? null : reply);
    else {
      forged += 1;
      if (forged >= MAX_FORGED) reject(new ExchangeError('timeout'));
    }
  });
  socket.send(query, (error) => error && fail(error));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

/** On a connection of its own. */
function overTcp(upstream: Endpoint, { query, questionEnd }: Sent, timeoutMs: number): Promise<Buffer> {
  const socket = connect({ host: upstream.host, port: upstream.port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => reject(new ExchangeError('timeout')), timeoutMs);
  socket.write(framed(query));
  let received: Buffer = Buffer.alloc(0);
  let isConnected = false;
  socket.on('connect', () => {
    isConnected = true;
  });
  socket.on('error', (error) => reject(new ExchangeError(isConnected ? 'closed' : faultOf(error))));
  socket.on('close', () => reject(new ExchangeError('closed')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const end = received.length < 2 ? 2 : 2 + received.readUInt16BE(0);
    if (end === 2 || received.length < end) return;
    const reply = received.subarray(2, end);
    if (compare(reply, query, questionEnd) !== 'other') resolve(reply);
    else reject(new ExchangeError(faultWithoutQuestion(reply, query) ?? 'malformed'));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
