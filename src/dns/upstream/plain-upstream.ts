// An upstream over UDP, from a random port for each query, and over TCP when the response is truncated.
import type { Socket } from 'node:dgram';
import { connect } from 'node:net';
import type { Endpoint } from '../../config/settings.js';
import { framed } from '../wire/framing.js';
import { HEADER_SIZE } from '../wire/wire.js';
import {
  compare,
  ExchangeError,
  failureOf,
  failureWithoutQuestion,
  isTruncated,
  type UpstreamQuestion,
  writeQuery,
} from './exchange.js';
import { UdpSockets } from './udp-sockets.js';
import { Health, type HealthState, PROBE } from './upstream-health.js';
import { type AttemptLimits, type UpstreamPath, type UpstreamTransport } from './upstream-transport.js';

/** So many responses that do not match are an attempt at forgery (RFC 5452 section 9.1). The attempt ends. */
const MAX_FORGED = 32;

/** A query in wire format. */
interface Sent {
  readonly query: Buffer;
  readonly questionEnd: number;
}

export class PlainUpstream implements UpstreamTransport {
  readonly paths: UpstreamTransport['paths'];
  private readonly udpHealth: Health;
  /** Separate, because an upstream may answer over UDP and not over TCP. */
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

  /** Uses TCP, too, when the upstream does not repeat the letter case: over TCP nobody can forge the response. */
  async exchange(question: UpstreamQuestion, { replyMs, tcpMs, isLast }: AttemptLimits): Promise<Buffer> {
    const sent = sentFor(question);
    const reply = await this.udpHealth.observe(() => this.overUdp(sent, replyMs));
    if (reply !== null) return reply;
    if (this.tcpHealth.state === 'down' && !isLast) throw new ExchangeError('unreachable');
    return this.tcpHealth.observe(() => overTcp(this.endpoint, sent, tcpMs));
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
      throw new ExchangeError(failureOf(error));
    }
  }
}

function sentFor(question: UpstreamQuestion): Sent {
  return { query: writeQuery(question), questionEnd: HEADER_SIZE + question.bytes.length };
}

/** Sends the query in one datagram and closes the socket. Null: the query has to be repeated over TCP. */
function exchangeDatagrams(
  socket: Socket,
  { query, questionEnd }: Sent,
  timeoutMs: number,
): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const fail = (error: Error) => reject(new ExchangeError(failureOf(error)));
  const timer = setTimeout(() => reject(new ExchangeError('timeout')), timeoutMs);
  let forged = 0;
  socket.on('error', fail);
  socket.on('message', (reply) => {
    const match = compare(reply, query, questionEnd);
    const failure = match === 'other' ? failureWithoutQuestion(reply, query) : null;
    if (failure !== null) reject(new ExchangeError(failure));
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

/** Sends the query over a new connection, and closes it. */
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
  socket.on('error', (error) => reject(new ExchangeError(isConnected ? 'closed' : failureOf(error))));
  socket.on('close', () => reject(new ExchangeError('closed')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const end = received.length < 2 ? 2 : 2 + received.readUInt16BE(0);
    if (end === 2 || received.length < end) return;
    const reply = received.subarray(2, end);
    if (compare(reply, query, questionEnd) !== 'other') resolve(reply);
    else reject(new ExchangeError(failureWithoutQuestion(reply, query) ?? 'malformed'));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
