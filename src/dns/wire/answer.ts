// Parses a response of an upstream, which is not trusted, into the form in which it is cached and passed on.
import { type AskedName, restoreCase } from './letter-case.js';
import { expandedNameEnd, type RecordBounds, recordAt, setUint32 } from './name.js';
import { isValidRdata } from './rdata.js';
import { CLASS_IN, FLAG, HEADER_SIZE, OPTION_EXTENDED_ERROR, RCODE, TYPE } from './wire.js';

/** The bytes of a response as they came, from the header to the last record before OPT, and what they contain. */
export interface Answer {
  readonly message: Uint8Array;
  /** Bytes of `message` that are in use; the array may be larger. So with `ttlCount` and `optionsLength`. */
  readonly length: number;
  readonly rcode: number;
  /** The offset in `message` of each record's TTL. */
  readonly ttlOffsets: Uint16Array;
  readonly ttlCount: number;
  /** Seconds for which the answer may be cached; 0: not at all. */
  readonly ttl: number;
  /** The EDNS options that are passed on: extended errors (RFC 8914). */
  readonly options: Uint8Array;
  readonly optionsLength: number;
}

/** Seconds. Answers are cached for at most a day, negative ones for at most three hours (RFC 2308 section 5). */
const MAX_TTL = 86_400;
const MAX_NEGATIVE_TTL = 10_800;

interface Walk {
  /** The smallest TTL of all records. */
  ttl: number;
  /** The TTL of a negative answer, from the SOA in the authority section; undefined: no SOA. */
  negativeTtl: number | undefined;
  readonly ttlOffsets: number[];
  /** Offsets of the TTLs of SOA records in the authority section. */
  readonly soaTtls: number[];
  /** Offsets of names that may repeat the question's name: owners, and targets of CNAMEs. */
  readonly names: number[];
  /** Whether there is a DNAME, whose target repeats labels of the question. */
  hasDname: boolean;
  /** The end of the part that is kept, and the number of its additional records. */
  end: number;
  additional: number;
  extendedRcode: number;
  options: Buffer;
}

/**
 * Parses a response whose question has been compared already; `questionEnd` is the offset after it. Null: a record reaches
 * beyond the message, has another class than IN, or has RDATA that is invalid for its type, or the OPT record is malformed.
 * The owners of records are not checked: the answer is cached under its question alone, so a foreign name does no harm to
 * another question. OPT and the records behind it are left out: OPT belongs to one hop (RFC 6891 section 6.1.1), and a
 * signature behind it covers the original message. `asked`: the question in the client's case, when it was forwarded in another.
 */
export function readAnswer(bytes: Buffer, questionEnd: number, asked?: Uint8Array): Answer | null {
  const walk = walkRecords(bytes, questionEnd);
  if (walk === null) return null;
  const rcode = (walk.extendedRcode << 4) | (bytes[3]! & 15);
  const message = Buffer.from(bytes.subarray(0, walk.end));
  message.writeUInt16BE(walk.additional, 10);
  if (walk.negativeTtl !== undefined) {
    for (const at of walk.soaTtls) setUint32(message, at, Math.min(walk.negativeTtl, MAX_NEGATIVE_TTL));
  }
  if (asked !== undefined) {
    const name: AskedName = { sent: bytes, asked };
    for (const at of walk.names) restoreCase(message, at, name, walk.hasDname);
  }
  return {
    message,
    length: message.length,
    rcode,
    ttlOffsets: Uint16Array.from(walk.ttlOffsets),
    ttlCount: walk.ttlOffsets.length,
    ttl: cacheTtl(bytes, rcode, walk),
    options: walk.options,
    optionsLength: walk.options.length,
  };
}

/**
 * Seconds for which the answer may be cached. A negative answer has the TTL that its SOA states, and is not cached without
 * one (RFC 2308 section 5). An answer with records and an SOA is a chain of CNAMEs that ends in a negative answer.
 */
function cacheTtl(bytes: Buffer, rcode: number, walk: Walk): number {
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return 0;
  if (walk.negativeTtl !== undefined) return Math.min(walk.ttl, walk.negativeTtl, MAX_NEGATIVE_TTL);
  const positive = rcode === RCODE.NOERROR && bytes.readUInt16BE(6) > 0;
  return positive ? Math.min(walk.ttl, MAX_TTL) : 0;
}

function walkRecords(bytes: Buffer, start: number): Walk | null {
  const walk: Walk = {
    ttl: MAX_TTL,
    negativeTtl: undefined,
    ttlOffsets: [],
    soaTtls: [],
    names: [],
    hasDname: false,
    end: start,
    additional: 0,
    extendedRcode: 0,
    options: Buffer.alloc(0),
  };
  const sections = [bytes.readUInt16BE(6), bytes.readUInt16BE(8), bytes.readUInt16BE(10)];
  for (const [section, count] of sections.entries()) {
    for (let index = 0; index < count; index++) {
      const record = recordAt(bytes, walk.end);
      if (record === null || expandedNameEnd(bytes, walk.end, bytes.length) < 0) return null;
      if (record.type === TYPE.OPT) {
        return section === 2 && bytes[walk.end] === 0 && readOpt(walk, bytes, record) ? walk : null;
      }
      if (bytes.readUInt16BE(record.fixed + 2) !== CLASS_IN || !isValidRdata(bytes, record)) return null;
      readRecord(walk, bytes, record, section);
    }
  }
  return walk;
}

function readRecord(walk: Walk, bytes: Buffer, record: RecordBounds, section: number): void {
  const { type, fixed, data, end } = record;
  const ttl = cappedTtl(bytes.readUInt32BE(fixed + 4));
  walk.ttlOffsets.push(fixed + 4);
  walk.names.push(walk.end);
  if (type === TYPE.CNAME) walk.names.push(data);
  if (type === TYPE.DNAME) walk.hasDname = true;
  walk.ttl = Math.min(walk.ttl, ttl);
  // MINIMUM is the last field of an SOA (RFC 1035 section 3.3.13), so the two names before it need not be read.
  if (section === 1 && type === TYPE.SOA) {
    walk.negativeTtl = Math.min(ttl, cappedTtl(bytes.readUInt32BE(end - 4)));
    walk.soaTtls.push(fixed + 4);
  }
  if (section === 2) walk.additional += 1;
  walk.end = end;
}

/** A TTL of at most a day. One with its highest bit set counts as zero (RFC 2181 section 8). */
export function cappedTtl(ttl: number): number {
  return ttl > 0x7fffffff ? 0 : Math.min(ttl, MAX_TTL);
}

/** False when the options do not fill the record exactly. */
function readOpt(walk: Walk, bytes: Buffer, { fixed, data, end }: RecordBounds): boolean {
  walk.extendedRcode = bytes[fixed + 4]!;
  const kept: Buffer[] = [];
  let at = data;
  while (at + 4 <= end) {
    const next = at + 4 + bytes.readUInt16BE(at + 2);
    if (next > end) return false;
    if (bytes.readUInt16BE(at) === OPTION_EXTENDED_ERROR) kept.push(bytes.subarray(at, next));
    at = next;
  }
  walk.options = Buffer.concat(kept);
  return at === end;
}

/** SERVFAIL for a question that no upstream has answered, cached for the second that RFC 9520 section 3.2 demands. */
export function failedAnswer(question: Uint8Array, options: Uint8Array): Answer {
  const message = Buffer.alloc(HEADER_SIZE + question.length);
  message.writeUInt16BE(FLAG.QR, 2);
  message.writeUInt16BE(1, 4);
  message.set(question, HEADER_SIZE);
  return {
    message,
    length: message.length,
    rcode: RCODE.SERVFAIL,
    ttlOffsets: new Uint16Array(0),
    ttlCount: 0,
    ttl: 1,
    options,
    optionsLength: options.length,
  };
}
