// Reads a query from its octets: header, the one question and EDNS; whatever came, it never throws.
import { plainNameEnd, readName, recordAt, type WireName } from './name.js';
import { DNSSEC_OK, FLAG, HEADER_SIZE, RCODE, TYPE, UDP_PAYLOAD, UDP_PAYLOAD_MIN } from './wire.js';

export interface Question {
  readonly name: WireName;
  readonly type: number;
  readonly class: number;
  /** The octet after the question in the message. */
  readonly end: number;
}

export interface Edns {
  /** What the client can receive over UDP, already brought into the range that we use. */
  readonly payloadSize: number;
  readonly dnssecOk: boolean;
}

interface Message {
  readonly bytes: Buffer;
  /** Null when the query has no OPT record. */
  readonly edns: Edns | null;
}

export interface SoundQuery extends Message {
  readonly fault: null;
  readonly question: Question;
}

/** `fault` is the rcode that the RFCs ask for. Without a question only the header can be echoed. */
export interface FaultyQuery extends Message {
  readonly fault: number;
  readonly question: Question | null;
}

export type Query = SoundQuery | FaultyQuery;

/** Far above any query that a device sends; the padding of RFC 8467 makes 128-octet blocks. */
export const MAX_QUERY = 4096;

/**
 * Null when the message deserves no answer: shorter than a header, or itself a response (answering those makes loops).
 * Faults: opcode ≠ 0 → NOTIMP (RFC 1035 section 4.1.1); QDCOUNT ≠ 1 → FORMERR (RFC 9619); records in the answer or
 * authority section other than IXFR's SOA, a broken record, two OPT records or one whose owner is not the root →
 * FORMERR (RFC 6891 section 6.1.1); EDNS version ≠ 0 → BADVERS (section 6.1.3). Octets after the last record are ignored.
 */
export function parseQuery(bytes: Buffer): Query | null {
  if (bytes.length < HEADER_SIZE || (flagsOf(bytes) & FLAG.QR) !== 0) return null;
  if (((bytes[2]! >> 3) & 15) !== 0) return { bytes, fault: RCODE.NOTIMP, question: null, edns: null };
  const question = readQuestion(bytes);
  if (question === null) return { bytes, fault: RCODE.FORMERR, question, edns: null };
  const extra = bytes.readUInt16BE(6) + bytes.readUInt16BE(8);
  if (extra > 0 && question.type !== TYPE.IXFR) {
    return { bytes, fault: RCODE.FORMERR, question, edns: null };
  }
  const scan = scanRecords(bytes, question.end, extra, bytes.readUInt16BE(10));
  const { edns } = scan;
  if (scan.broken) return { bytes, fault: RCODE.FORMERR, question, edns };
  if (scan.version !== 0) return { bytes, fault: RCODE.BADVERS, question, edns };
  return { bytes, fault: null, question, edns };
}

/** The flags of a message's header. */
export function flagsOf(bytes: Buffer): number {
  return bytes.readUInt16BE(2);
}

function readQuestion(bytes: Buffer): Question | null {
  if (bytes.length > MAX_QUERY || bytes.readUInt16BE(4) !== 1) return null;
  const end = plainNameEnd(bytes, HEADER_SIZE);
  if (end < 0 || end + 4 > bytes.length) return null;
  const name = readName(bytes, HEADER_SIZE, end);
  return { name, type: bytes.readUInt16BE(end), class: bytes.readUInt16BE(end + 2), end: end + 4 };
}

interface Scan {
  broken: boolean;
  edns: Edns | null;
  version: number;
}

/** Goes over `skipped` records and then over `additional` ones, of which one may be an OPT. */
function scanRecords(bytes: Buffer, start: number, skipped: number, additional: number): Scan {
  const scan: Scan = { broken: true, edns: null, version: 0 };
  let at = start;
  for (let index = 0; index < skipped + additional; index++) {
    const record = recordAt(bytes, at);
    if (record === null) return scan;
    const { type, fixed, data, end } = record;
    if (index >= skipped && type === TYPE.OPT) {
      if (scan.edns !== null) return scan;
      scan.edns = {
        payloadSize: Math.max(UDP_PAYLOAD_MIN, Math.min(UDP_PAYLOAD, bytes.readUInt16BE(fixed + 2))),
        dnssecOk: (bytes.readUInt16BE(fixed + 6) & DNSSEC_OK) !== 0,
      };
      scan.version = bytes[fixed + 5]!;
      if (bytes[at] !== 0 || !optionsAreWhole(bytes, data, end)) return scan;
    }
    at = end;
  }
  scan.broken = false;
  return scan;
}

function optionsAreWhole(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at + 4 <= end) at += 4 + bytes.readUInt16BE(at + 2);
  return at === end;
}
