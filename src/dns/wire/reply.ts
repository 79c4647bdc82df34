// Writes a response over its query: ID and question stay as they are, and the response has OPT if the query has it.
import type { Address } from '../../lib/ip.js';
import { type Answer, cappedTtl } from './answer.js';
import { lowerByte, setUint16, setUint32, uint16, uint32 } from './name.js';
import type { Query } from './query.js';
import {
  COOKIE,
  DNSSEC_OK,
  FLAG,
  HEADER_SIZE,
  OPT_SIZE,
  OPTION_COOKIE,
  OPTION_EXTENDED_ERROR,
  OPTION_PADDING,
  TCP_PAYLOAD,
  TYPE,
  UDP_PAYLOAD,
} from './wire.js';

/** A response that the edge makes itself. It is made once and used for many queries. */
export interface Reply {
  readonly rcode: number;
  /** Of FLAG: AA, RA, AD, TC. The other flags follow from the query. */
  readonly flags: number;
  readonly answers: number;
  readonly authority: number;
  /** Whole records. Those of the question's name begin with the pointer 0xc00c. */
  readonly records: Uint8Array;
  /** EDNS options. They are left out where they have no room. */
  readonly options: Uint8Array;
  readonly optionsLength: number;
}

const NO_BYTES = new Uint8Array(0);
const NO_OPTIONS = { options: NO_BYTES, optionsLength: 0 };

/** A reply without records. */
export function bareReply(rcode: number, flags: number, options: Uint8Array = NO_BYTES): Reply {
  return {
    rcode,
    flags,
    answers: 0,
    authority: 0,
    records: NO_BYTES,
    options,
    optionsLength: options.length,
  };
}

export function answersReply(flags: number, records: readonly Uint8Array[]): Reply {
  return {
    rcode: 0,
    flags,
    answers: records.length,
    authority: 0,
    records: ownBytes(Buffer.concat(records)),
    ...NO_OPTIONS,
  };
}

/** NODATA or NXDOMAIN with its SOA. */
export function negativeReply(rcode: number, flags: number, soa: Uint8Array): Reply {
  return { rcode, flags, answers: 0, authority: 1, records: ownBytes(soa), ...NO_OPTIONS };
}

/** A copy of its own: replies live long, and a small Buffer would keep the 64 kB of its pool alive. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

/** What writes server cookies (RFC 7873) into responses. */
export interface CookieWriter {
  /** Writes the 24 bytes of client cookie and fresh server cookie to `out` at `at`. */
  write(query: Query, source: Address, out: Uint8Array, at: number): void;
}

/** How a response may leave. */
export interface Envelope {
  /** Bytes. A longer response is truncated to question and OPT, with TC=1 (RFC 2181 section 9). */
  limit: number;
  /** Null: the response has no cookie. */
  cookies: CookieWriter | null;
  source: Address;
  /** Whether the response is padded, so that its length does not reveal the answer (RFC 7830). */
  padded: boolean;
}

/** RFC 8467 section 4.1. */
const PADDING_BLOCK = 468;

/**
 * Writes the reply over the query and returns its length. Question and OPT alone are never longer than their query, except
 * for a cookie and padding.
 */
export function writeReply(query: Query, reply: Reply, envelope: Envelope): number {
  const { bytes, questionEnd } = query;
  const { rcode, records } = reply;
  const end = questionEnd + records.length;
  const length = end + optLength(query, envelope, 0);
  if (length > envelope.limit) return writeTruncated(query, rcode, reply.flags, envelope);
  writeHead(query, reply.flags, rcode);
  setUint16(bytes, 6, reply.answers);
  setUint16(bytes, 8, reply.authority);
  setUint16(bytes, 10, 0);
  for (let i = 0; i < records.length; i++) bytes[questionEnd + i] = records[i]!;
  const hasRoom = length + reply.optionsLength <= envelope.limit;
  return writeOpt(query, end, rcode, hasRoom ? reply : NO_OPTIONS, envelope);
}

/** Writes a response with TC=1 and without records, and returns its length: the client returns over TCP, or with a cookie. */
export function writeTruncated(query: Query, rcode: number, flags: number, envelope: Envelope): number {
  writeHead(query, flags | FLAG.TC, rcode);
  for (let at = 6; at < HEADER_SIZE; at++) query.bytes[at] = 0;
  return writeOpt(query, query.questionEnd, rcode, NO_OPTIONS, envelope);
}

/**
 * As `writeReply`, for an answer of an upstream. The records keep their bytes, except their TTLs: `age` seconds are
 * subtracted, or all are set to `ttl` when it is not negative. AA is cleared, because a cache is no authority (RFC 1035
 * section 4.1.1). AD stays only for a client that asked for it (RFC 6840 section 5.8). Where the question's name is written
 * out, it gets the client's letter case: some devices compare bytes.
 */
export function writeAnswer(
  query: Query,
  answer: Answer,
  { age, ttl }: { readonly age: number; readonly ttl: number },
  envelope: Envelope,
): number {
  const { bytes, questionEnd } = query;
  const { message, length, rcode } = answer;
  const wantsAd = query.dnssecOk || (query.flags & FLAG.AD) !== 0;
  const flags = FLAG.RA | (wantsAd ? message[3]! & FLAG.AD : 0);
  let isFull = false;
  if (length + optLength(query, envelope, answer.optionsLength) > envelope.limit) {
    if (envelope.limit < TCP_PAYLOAD) return writeTruncated(query, rcode, flags, envelope);
    isFull = true;
  }
  writeHead(query, flags, rcode);
  for (let at = 6; at < HEADER_SIZE; at++) bytes[at] = message[at]!;
  for (let at = questionEnd; at < length; at++) bytes[at] = message[at]!;
  for (let i = 0; i < answer.ttlCount; i++) {
    const at = answer.ttlOffsets[i]!;
    setUint32(bytes, at, ttl >= 0 ? ttl : Math.max(0, cappedTtl(uint32(bytes, at)) - age));
    if (bytes[at - 5] === 0) restoreOwner(query, at - 4);
  }
  return isFull ? writeBareOpt(query, length, rcode) : writeOpt(query, length, rcode, answer, envelope);
}

/** Writes the client's letter case over an owner name that ends at `end`, when it is the question's name written out. */
function restoreOwner({ bytes, questionEnd }: Query, end: number): void {
  const size = questionEnd - 4 - HEADER_SIZE;
  const start = end - size;
  if (start < questionEnd) return;
  for (let i = 0; i < size; i++) {
    if (lowerByte(bytes[start + i]!) !== lowerByte(bytes[HEADER_SIZE + i]!)) return;
  }
  for (let i = 0; i < size; i++) bytes[start + i] = bytes[HEADER_SIZE + i]!;
}

/**
 * Ends a message over TCP that has no room for options, or not even for OPT, and returns its length. TCP is the last
 * transport to which the client can turn, so it gets the answer without EDNS, as from a server that does not know EDNS (RFC
 * 6891 section 7).
 */
function writeBareOpt(query: Query, start: number, rcode: number): number {
  if (start + OPT_SIZE > TCP_PAYLOAD) return start;
  writeOptHead(query, start, rcode);
  return start + OPT_SIZE;
}

/**
 * Writes flags and QDCOUNT. Opcode, RD and CD are copied from the query (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6);
 * for opcodes other than QUERY the meaning of RD and CD is not known, so they are cleared.
 */
function writeHead(query: Query, flags: number, rcode: number): void {
  const { bytes, questionEnd } = query;
  const opcode = query.flags & 0x7800;
  const copied = opcode === 0 ? query.flags & (FLAG.RD | FLAG.CD) : opcode;
  setUint16(bytes, 2, FLAG.QR | copied | flags | (rcode & 15));
  setUint16(bytes, 4, questionEnd === HEADER_SIZE ? 0 : 1);
}

/** Bytes of OPT without padding, which only fills room that is left. */
function optLength(query: Query, { cookies }: Envelope, optionsLength: number): number {
  if (!query.hasEdns) return 0;
  return OPT_SIZE + optionsLength + (cookies !== null && query.cookieLength > 0 ? 4 + COOKIE : 0);
}

/** Writes OPT (RFC 6891 section 6.1.2) with a copy of DO (RFC 3225 section 3), and returns the length of the message. */
function writeOpt(
  query: Query,
  start: number,
  rcode: number,
  answer: Pick<Answer, 'options' | 'optionsLength'>,
  { cookies, source, padded, limit }: Envelope,
): number {
  if (!query.hasEdns) return start;
  const { bytes } = query;
  writeOptHead(query, start, rcode);
  let at = start + OPT_SIZE;
  if (cookies !== null && query.cookieLength > 0) {
    setUint16(bytes, at, OPTION_COOKIE);
    setUint16(bytes, at + 2, COOKIE);
    cookies.write(query, source, bytes, at + 4);
    at += 4 + COOKIE;
  }
  for (let i = 0; i < answer.optionsLength; i++) bytes[at + i] = answer.options[i]!;
  at += answer.optionsLength;
  if (padded && query.asksPadding) at = writePadding(bytes, at, limit);
  setUint16(bytes, start + 9, at - start - OPT_SIZE);
  return at;
}

/** Writes an OPT record without options, and counts it in ARCOUNT. */
function writeOptHead({ bytes, dnssecOk }: Query, start: number, rcode: number): void {
  bytes[start] = 0;
  setUint16(bytes, start + 1, TYPE.OPT);
  setUint16(bytes, start + 3, UDP_PAYLOAD);
  bytes[start + 5] = rcode >> 4;
  bytes[start + 6] = 0;
  setUint16(bytes, start + 7, dnssecOk ? DNSSEC_OK : 0);
  setUint16(bytes, start + 9, 0);
  setUint16(bytes, 10, uint16(bytes, 10) + 1);
}

function writePadding(bytes: Uint8Array, at: number, limit: number): number {
  const end = Math.min(Math.ceil((at + 4) / PADDING_BLOCK) * PADDING_BLOCK, limit, bytes.length);
  if (end < at + 4) return at;
  setUint16(bytes, at, OPTION_PADDING);
  setUint16(bytes, at + 2, end - at - 4);
  bytes.fill(0, at + 4, end);
  return end;
}

/** The EDNS option of an extended DNS error (RFC 8914 section 2). */
export function extendedError(infoCode: number, text = ''): Uint8Array {
  const option = new Uint8Array(6 + text.length);
  setUint16(option, 0, OPTION_EXTENDED_ERROR);
  setUint16(option, 2, 2 + text.length);
  setUint16(option, 4, infoCode);
  option.set(Buffer.from(text, 'latin1'), 6);
  return option;
}
