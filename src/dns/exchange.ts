// One question to one upstream: over UDP from a fresh random port, over TCP when the answer is cut.
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Endpoint } from '../config/settings.js';
import { lowerOctet } from './name.js';
import { DNSSEC_OK, FLAG, HEADER_SIZE, OPT_SIZE, TYPE, UDP_PAYLOAD } from './wire.js';

/** A question as it is asked upstream. */
export interface UpstreamQuestion {
  /** Name, type and class as on the wire. */
  readonly octets: Uint8Array;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** `unreachable`: the system says so. `timeout`: nothing that answers the question has come in time. */
export type ExchangeFault = 'timeout' | 'unreachable';

export class ExchangeError extends Error {
  constructor(readonly fault: ExchangeFault) {
    super(fault);
    this.name = 'ExchangeError';
  }
}

export interface Timeouts {
  readonly udpMs: number;
  readonly tcpMs: number;
}

/** So many answers that do not fit are a forgery in progress (RFC 5452 section 9.1); the attempt ends. */
const MAX_FORGED = 32;

/**
 * A reply whose ID and question are those that were sent; nothing else in it has been checked. Throws ExchangeError.
 * ID, port and the case of the letters are random (RFC 5452 section 9; draft-vixie-dnsext-dns0x20). An upstream that
 * does not keep the case is asked over TCP, where no one else can answer.
 */
export async function exchange(
  upstream: Endpoint,
  question: UpstreamQuestion,
  timeouts: Timeouts,
): Promise<Buffer> {
  const query = writeQuery(question);
  const reply = await overUdp(upstream, query, timeouts.udpMs);
  return reply ?? overTcp(upstream, query, timeouts.tcpMs);
}

/** AD is set because an answer may be passed on to a client that asks for it (RFC 6840 section 5.7). */
function writeQuery({ octets, dnssecOk, checkingDisabled }: UpstreamQuestion): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt16BE(randomInt(65_536), 0);
  header.writeUInt16BE(FLAG.RD | FLAG.AD | (checkingDisabled ? FLAG.CD : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(1, 10);
  const opt = Buffer.alloc(OPT_SIZE);
  opt.writeUInt16BE(TYPE.OPT, 1);
  opt.writeUInt16BE(UDP_PAYLOAD, 3);
  opt.writeUInt16BE(dnssecOk ? DNSSEC_OK : 0, 7);
  return Buffer.concat([header, randomCase(octets), opt]);
}

function randomCase(octets: Uint8Array): Uint8Array {
  const bits = randomBytes(octets.length);
  const nameEnd = octets.length - 4;
  return octets.map((octet, index) => {
    const letter = lowerOctet(octet);
    const isLetter = index < nameEnd && letter >= 97 && letter <= 122;
    return isLetter ? letter ^ (bits[index]! & 0x20) : octet;
  });
}

/** Null when the answer has to be fetched over TCP. */
function overUdp(upstream: Endpoint, query: Buffer, timeoutMs: number): Promise<Buffer | null> {
  const socket = createSocket(isIPv6(upstream.host) ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const timer = setTimeout(() => reject(new ExchangeError('timeout')), timeoutMs);
  let forged = 0;
  socket.on('error', () => reject(new ExchangeError('unreachable')));
  socket.on('message', (reply) => {
    const match = compare(reply, query);
    if (match === 'other') {
      forged += 1;
      if (forged >= MAX_FORGED) reject(new ExchangeError('timeout'));
    } else {
      const isCut = match === 'other-case' || (reply.readUInt16BE(2) & FLAG.TC) !== 0;
      resolve(isCut ? null : reply);
    }
  });
  // Connected, so that the system drops what comes from any other address or port.
  socket.connect(upstream.port, upstream.host, (fault?: Error) => {
    if (fault) reject(new ExchangeError('unreachable'));
    else socket.send(query, (error) => error && reject(new ExchangeError('unreachable')));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function overTcp(upstream: Endpoint, query: Buffer, timeoutMs: number): Promise<Buffer> {
  const socket = connect({ host: upstream.host, port: upstream.port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => reject(new ExchangeError('timeout')), timeoutMs);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.write(Buffer.concat([length, query]));
  let received: Buffer = Buffer.alloc(0);
  socket.on('error', () => reject(new ExchangeError('unreachable')));
  socket.on('close', () => reject(new ExchangeError('unreachable')));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    const end = received.length < 2 ? 2 : 2 + received.readUInt16BE(0);
    if (end === 2 || received.length < end) return;
    const reply = received.subarray(2, end);
    if (compare(reply, query) === 'other') reject(new ExchangeError('timeout'));
    else resolve(reply);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

type Match = 'same' | 'other-case' | 'other';

/** Whether the reply answers the query: a response with its ID, opcode 0 and its one question. */
function compare(reply: Buffer, query: Buffer): Match {
  const end = query.length - OPT_SIZE;
  if (reply.length < end || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return 'other';
  if ((reply.readUInt16BE(2) & 0xf800) !== FLAG.QR || reply.readUInt16BE(4) !== 1) return 'other';
  let match: Match = 'same';
  for (let at = HEADER_SIZE; at < end; at++) {
    if (reply[at] === query[at]) continue;
    if (lowerOctet(reply[at]!) !== lowerOctet(query[at]!)) return 'other';
    match = 'other-case';
  }
  return match;
}
