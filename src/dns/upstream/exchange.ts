// A question to an upstream as it is sent, and whether a reply answers it; the same over every transport.
import { randomBytes, randomInt } from 'node:crypto';
import { lowerByte } from '../wire/name.js';
import {
  DNSSEC_OK,
  FLAG,
  HEADER_SIZE,
  OPT_SIZE,
  OPTION_PADDING,
  RCODE,
  TYPE,
  UDP_PAYLOAD,
} from '../wire/wire.js';
import type { Health } from './upstream-health.js';

/** A question as it is asked upstream. */
export interface UpstreamQuestion {
  /** Name, type and class as on the wire. */
  readonly bytes: Uint8Array;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/**
 * `timeout`: nothing that answers the question has come in time. `unreachable`: the system says so. `untrusted`: the
 * certificate is not one to believe. `closed`: the upstream has ended the connection. `malformed`: it has sent something
 * that is no answer. `truncated`: its answer is not whole, although it came over a connection. `refused`: it has answered
 * with an error that leaves the question out. `busy`: there was no room to ask, here and not there.
 */
export type ExchangeFault =
  | 'timeout'
  | 'unreachable'
  | 'untrusted'
  | 'closed'
  | 'malformed'
  | 'truncated'
  | 'refused'
  | 'busy';

export class ExchangeError extends Error {
  constructor(readonly fault: ExchangeFault) {
    super(fault);
    this.name = 'ExchangeError';
  }
}

/** What the system may run short of here, which says nothing about an upstream. */
const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

/** What an error of a socket says. */
export function faultOf(error: unknown): ExchangeFault {
  return error instanceof Error && 'code' in error && SHORTAGES.has(error.code) ? 'busy' : 'unreachable';
}

/** Milliseconds for an attempt. */
export interface AttemptLimits {
  /** For an answer over UDP or TLS. */
  readonly replyMs: number;
  /** For a reply that UDP has cut, which is fetched over TCP. */
  readonly fetchMs: number;
  /** The last try: made over TCP, too, although nothing has come over it lately. */
  readonly isLast: boolean;
}

export type UpstreamPath = 'udp' | 'tcp' | 'tls';

/** How one upstream is asked. */
export interface UpstreamTransport {
  /** The transports whose health is judged one by one; questions are sent over the first. */
  readonly paths: readonly { readonly path: UpstreamPath; readonly health: Health }[];
  /**
   * A reply whose ID and question are those that were sent; nothing else in it has been checked. Throws ExchangeError.
   */
  exchange(question: UpstreamQuestion, limits: AttemptLimits): Promise<Buffer>;
  /** Ends connections; questions in flight over them fail. */
  close(): void;
}

/**
 * ID and the case of the letters are random (RFC 5452 section 9; draft-vixie-dnsext-dns0x20). AD is set because an answer
 * may be passed on to a client that asks for it (RFC 6840 section 5.7). With `block`, padded to a multiple of so many
 * bytes (RFC 7830).
 */
export function writeQuery({ bytes, dnssecOk, checkingDisabled }: UpstreamQuestion, block = 0): Buffer {
  const optStart = HEADER_SIZE + bytes.length;
  const unpadded = optStart + OPT_SIZE;
  const query = Buffer.alloc(block === 0 ? unpadded : Math.ceil((unpadded + 4) / block) * block);
  query.writeUInt16BE(randomInt(65_536), 0);
  query.writeUInt16BE(FLAG.RD | FLAG.AD | (checkingDisabled ? FLAG.CD : 0), 2);
  query.writeUInt16BE(1, 4);
  query.writeUInt16BE(1, 10);
  query.set(randomCase(bytes), HEADER_SIZE);
  query.writeUInt16BE(TYPE.OPT, optStart + 1);
  query.writeUInt16BE(UDP_PAYLOAD, optStart + 3);
  query.writeUInt16BE(dnssecOk ? DNSSEC_OK : 0, optStart + 7);
  if (block > 0) {
    query.writeUInt16BE(query.length - unpadded, optStart + 9);
    query.writeUInt16BE(OPTION_PADDING, unpadded);
    query.writeUInt16BE(query.length - unpadded - 4, unpadded + 2);
  }
  return query;
}

function randomCase(bytes: Uint8Array): Uint8Array {
  const bits = randomBytes(bytes.length);
  const nameEnd = bytes.length - 4;
  return bytes.map((byte, index) => {
    const letter = lowerByte(byte);
    const isLetter = index < nameEnd && letter >= 97 && letter <= 122;
    return isLetter ? letter ^ (bits[index]! & 0x20) : byte;
  });
}

export type Match = 'same' | 'other-case' | 'other';

/**
 * Whether the reply answers the query: a response with its ID, opcode 0 and its one question, whose last byte stands
 * before `questionEnd` in the query.
 */
export function compare(reply: Buffer, query: Buffer, questionEnd: number): Match {
  if (reply.length < questionEnd || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return 'other';
  if (!isResponse(reply) || reply.readUInt16BE(4) !== 1) return 'other';
  let match: Match = 'same';
  for (let at = HEADER_SIZE; at < questionEnd; at++) {
    if (reply[at] === query[at]) continue;
    if (lowerByte(reply[at]!) !== lowerByte(query[at]!)) return 'other';
    match = 'other-case';
  }
  return match;
}

/**
 * What a response to the query is that leaves the question out; null: it is none. An error is what servers send that have
 * not read the question; without one it is no answer.
 */
export function faultWithoutQuestion(reply: Buffer, query: Buffer): ExchangeFault | null {
  if (reply.length < HEADER_SIZE || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return null;
  if (!isResponse(reply) || reply.readUInt16BE(4) !== 0) return null;
  return (reply[3]! & 15) === RCODE.NOERROR ? 'malformed' : 'refused';
}

/** TC: what is there is not whole (RFC 2181 section 9). */
export function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & FLAG.TC) !== 0;
}

function isResponse(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & 0xf800) === FLAG.QR;
}
