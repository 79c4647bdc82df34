// One exchange with an upstream: how a query is written, and whether a response answers it. The same over every transport.
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

/** A question for an upstream. */
export interface UpstreamQuestion {
  /** Name, type and class in wire format. */
  readonly bytes: Uint8Array;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/**
 * Why there is no answer. `timeout`: no matching response in time. `unreachable`: a socket error. `untrusted`: the
 * certificate is not trusted. `closed`: the upstream has closed the connection. `malformed`: the response is invalid.
 * `truncated`: TC=1 over a connection. `refused`: an rcode that is not passed on. `busy`: this node has reached a limit, so
 * the upstream was not asked.
 */
export type ExchangeFailure =
  | 'timeout'
  | 'unreachable'
  | 'untrusted'
  | 'closed'
  | 'malformed'
  | 'truncated'
  | 'refused'
  | 'busy';

export class ExchangeError extends Error {
  constructor(readonly failure: ExchangeFailure) {
    super(failure);
    this.name = 'ExchangeError';
  }
}

/** Error codes of resources that are exhausted on this node. They do not concern the upstream. */
const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

/** The failure that an error of a socket means. */
export function failureOf(error: unknown): ExchangeFailure {
  return error instanceof Error && 'code' in error && SHORTAGES.has(error.code) ? 'busy' : 'unreachable';
}

/**
 * Writes a query with a random ID and random letter case (RFC 5452 section 9; draft-vixie-dnsext-dns0x20). AD is set because
 * the answer may be passed on to a client that asks for it (RFC 6840 section 5.7). `block`: pads to a multiple of so many
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
 * Whether the reply answers the query: it is a response with the same ID, opcode 0 and the same single question, which ends
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
 * The failure that a response without a question means; null: the reply is no such response. Servers that could not parse the
 * question send an rcode ("refused"); with NOERROR the response is malformed.
 */
export function failureWithoutQuestion(reply: Buffer, query: Buffer): ExchangeFailure | null {
  if (reply.length < HEADER_SIZE || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return null;
  if (!isResponse(reply) || reply.readUInt16BE(4) !== 0) return null;
  return (reply[3]! & 15) === RCODE.NOERROR ? 'malformed' : 'refused';
}

/** TC=1: the response is incomplete (RFC 2181 section 9). */
export function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & FLAG.TC) !== 0;
}

function isResponse(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & 0xf800) === FLAG.QR;
}
