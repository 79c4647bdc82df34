// Writes an answer over its query: the ID and the question stay as they came, OPT is there if and only if it was.
import type { Address } from '../../lib/ip.js';
import { COOKIE, type Cookies } from '../policy/cookies.js';
import { type Answer, cappedTtl } from './answer.js';
import { lowerByte, setUint16, setUint32, uint16, uint32 } from './name.js';
import type { Query } from './query.js';
import {
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

/** An answer that the edge makes itself; made once and used again and again. */
export interface Reply {
  readonly rcode: number;
  /** Of FLAG: AA, RA, AD, TC. The others follow from the query. */
  readonly flags: number;
  readonly answers: number;
  readonly authority: number;
  /** Whole records; those that belong to the question's name begin with the pointer 0xc00c. */
  readonly records: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);
const NO_OPTIONS = { options: NO_BYTES, optionsLength: 0 };

/** A reply without records. */
export function bareReply(rcode: number, flags: number): Reply {
  return { rcode, flags, answers: 0, authority: 0, records: NO_BYTES };
}

export function answersReply(flags: number, records: readonly Uint8Array[]): Reply {
  return {
    rcode: 0,
    flags,
    answers: records.length,
    authority: 0,
    records: ownBytes(Buffer.concat(records)),
  };
}

/** NODATA or NXDOMAIN with its SOA. */
export function negativeReply(rcode: number, flags: number, soa: Uint8Array): Reply {
  return { rcode, flags, answers: 0, authority: 1, records: ownBytes(soa) };
}

/** Replies live long, and a small Buffer would keep the whole 64 kB of its pool alive. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

/** How an answer may go out. */
export interface Envelope {
  /** Bytes. What is longer is cut to the question and OPT, with TC (RFC 2181 section 9). */
  limit: number;
  /** Null: the client gets no cookie. */
  cookies: Cookies | null;
  source: Address;
  /** Whether bytes are added until nobody can tell the answer by its length (RFC 7830). */
  padded: boolean;
}

/** RFC 8467 section 4.1. */
const PADDING_BLOCK = 468;

/**
 * The length of the reply, which stands in the query's own bytes then. Question and OPT alone are never longer than the
 * query that they come from, but for a cookie and padding.
 */
export function writeReply(query: Query, reply: Reply, envelope: Envelope): number {
  const { bytes, questionEnd } = query;
  const { rcode, records } = reply;
  const end = questionEnd + records.length;
  if (end + optLength(query, envelope, 0) > envelope.limit)
    return writeCut(query, rcode, reply.flags, envelope);
  writeHead(query, reply.flags, rcode);
  setUint16(bytes, 6, reply.answers);
  setUint16(bytes, 8, reply.authority);
  setUint16(bytes, 10, 0);
  for (let i = 0; i < records.length; i++) bytes[questionEnd + i] = records[i]!;
  return writeOpt(query, end, rcode, NO_OPTIONS, envelope);
}

/** The client is to ask again over TCP, or with the cookie. */
export function writeCut(query: Query, rcode: number, flags: number, envelope: Envelope): number {
  writeHead(query, flags | FLAG.TC, rcode);
  for (let at = 6; at < HEADER_SIZE; at++) query.bytes[at] = 0;
  return writeOpt(query, query.questionEnd, rcode, NO_OPTIONS, envelope);
}

/**
 * The same for an answer that came from elsewhere: the records' bytes stay, but for their TTLs, from which `age` seconds
 * are taken, or which are all `ttl` when that is not negative. AA is cleared, since a cache is no authority (RFC 1035
 * section 4.1.1); AD is left only for a client that asked for it (RFC 6840 section 5.8). Where the question's name stands
 * written out it gets the case in which it was asked: some devices compare bytes.
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
  let isCrowded = false;
  if (length + optLength(query, envelope, answer.optionsLength) > envelope.limit) {
    if (envelope.limit < TCP_PAYLOAD) return writeCut(query, rcode, flags, envelope);
    isCrowded = true;
  }
  writeHead(query, flags, rcode);
  for (let at = 6; at < HEADER_SIZE; at++) bytes[at] = message[at]!;
  for (let at = questionEnd; at < length; at++) bytes[at] = message[at]!;
  for (let i = 0; i < answer.ttlCount; i++) {
    const at = answer.ttlOffsets[i]!;
    setUint32(bytes, at, ttl >= 0 ? ttl : Math.max(0, cappedTtl(uint32(bytes, at)) - age));
    if (bytes[at - 5] === 0) restoreOwner(query, at - 4);
  }
  return isCrowded ? writeBareOpt(query, length, rcode) : writeOpt(query, length, rcode, answer, envelope);
}

/** The owner of a record that ends at `end`, when it is the question's name written out. */
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
 * The end of a message over TCP that leaves no room for options, or not even for OPT. To a client that has no other way to
 * ask, the answer is worth more than what EDNS adds to it: without OPT it is the answer of a server that knows none (RFC 6891
 * section 7).
 */
function writeBareOpt(query: Query, start: number, rcode: number): number {
  if (start + OPT_SIZE > TCP_PAYLOAD) return start;
  writeOptHead(query, start, rcode);
  return start + OPT_SIZE;
}

/**
 * Flags: opcode, RD and CD as in the query (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6); of an opcode other than QUERY nobody
 * here knows what RD and CD mean. QDCOUNT as it is echoed.
 */
function writeHead(query: Query, flags: number, rcode: number): void {
  const { bytes, questionEnd } = query;
  const opcode = query.flags & 0x7800;
  const copied = opcode === 0 ? query.flags & (FLAG.RD | FLAG.CD) : opcode;
  setUint16(bytes, 2, FLAG.QR | copied | flags | (rcode & 15));
  setUint16(bytes, 4, questionEnd === HEADER_SIZE ? 0 : 1);
}

/** Without padding, for which there is always room when there is a limit at all. */
function optLength(query: Query, { cookies }: Envelope, optionsLength: number): number {
  if (!query.hasEdns) return 0;
  return OPT_SIZE + optionsLength + (cookies !== null && query.cookieLength > 0 ? 4 + COOKIE : 0);
}

/** The end of the message. RFC 6891 section 6.1.2; DO is copied (RFC 3225 section 3). */
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

/** An OPT record without options, and its count. */
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

/** The EDNS option of an extended error (RFC 8914 section 2). */
export function extendedError(infoCode: number, text = ''): Uint8Array {
  const option = new Uint8Array(6 + text.length);
  setUint16(option, 0, OPTION_EXTENDED_ERROR);
  setUint16(option, 2, 2 + text.length);
  setUint16(option, 4, infoCode);
  option.set(Buffer.from(text, 'latin1'), 6);
  return option;
}
