// Parses a query in place: header, the one question and EDNS. It never throws and allocates nothing, whatever the bytes are.
import { HalfSipHash, type HashKey } from '../../lib/siphash.js';
import { lowerByte, nameEnd, setUint16, uint16 } from './name.js';
import {
  CLIENT_COOKIE,
  DNSSEC_OK,
  FLAG,
  HEADER_SIZE,
  MAX_LABEL,
  MAX_LABELS,
  MAX_NAME,
  OPTION_COOKIE,
  OPTION_PADDING,
  RCODE,
  TYPE,
  UDP_PAYLOAD,
  UDP_PAYLOAD_MIN,
} from './wire.js';

/** Bytes; far more than any query of a device has. The padding of RFC 8467 makes blocks of 128 bytes. */
export const MAX_QUERY = 4096;

/** RFC 7873 section 4: eight bytes of the client cookie, and 8 to 32 of a server cookie. */
const MAX_COOKIE = 40;
const MIN_SERVER_COOKIE = 8;

/** Bytes of type and variant. */
const KEY_SUFFIX = 3;

/** One query at a time: `read` overwrites every field. */
export class Query {
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  /** The second two bytes of the header. */
  flags = 0;
  /** The rcode that the RFCs demand for this query; NOERROR: it is valid. */
  rcode: number = RCODE.NOERROR;
  /** The offset after the question; after the header when there is no question to echo. */
  questionEnd = HEADER_SIZE;
  type = 0;
  class = 0;

  /** The name in lower case as on the wire, with its length bytes and the root label. */
  readonly name: Uint8Array;
  /** The same memory in words, for hashing. */
  readonly nameWords: Int32Array;
  nameLength = 0;
  /** The offset in `name` of each label but the root, and the hash of the name that begins there. */
  readonly labels = new Uint8Array(MAX_LABELS);
  readonly hashes = new Int32Array(MAX_LABELS);
  labelCount = 0;

  /** Whether the query has an OPT record. The fields that follow have a meaning only then. */
  hasEdns = false;
  /** Bytes that the client can receive over UDP, clamped to 512–1232. */
  payloadSize = UDP_PAYLOAD_MIN;
  dnssecOk = false;
  asksPadding = false;
  /** The rcode is FORMERR because there is no question, but the client asks for a cookie (RFC 7873 section 5.4). */
  asksCookie = false;
  readonly cookie = new Uint8Array(MAX_COOKIE);
  /** Bytes of `cookie`; 0: none. */
  cookieLength = 0;
  private version = 0;

  private readonly hash: HalfSipHash;
  /** 0: not computed yet. */
  private hashOfKey = 0;

  /** `key` of the hashes. Two queries with the same name and key have equal hashes. */
  constructor(key: HashKey) {
    this.hash = new HalfSipHash(key);
    this.nameWords = new Int32Array(Math.ceil((MAX_NAME + KEY_SUFFIX) / 4));
    this.name = new Uint8Array(this.nameWords.buffer);
  }

  /** The bits that change an upstream's answer: DO and CD. AD and RD do not. */
  get variant(): number {
    return (this.dnssecOk ? 1 : 0) | ((this.flags & FLAG.CD) !== 0 ? 2 : 0);
  }

  /** The cache key of a valid query is its name, followed in `name` by type and variant. This is its length. */
  get keyLength(): number {
    return this.nameLength + KEY_SUFFIX;
  }

  /** The hash of the cache key of a valid query; never 0. */
  get keyHash(): number {
    if (this.hashOfKey === 0) this.hashOfKey = this.hash.add(this.name, this.nameLength, this.keyLength) || 1;
    return this.hashOfKey;
  }

  /**
   * Parses the first `length` bytes. False: they get no response, because they are shorter than a header or are a response
   * themselves (answering those makes loops). Otherwise `rcode` is set: NOTIMP for opcode ≠ 0 (RFC 1035 section 4.1.1);
   * FORMERR for QDCOUNT ≠ 1 (RFC 9619), for records in the answer or authority section other than IXFR's SOA, for a
   * malformed record, for two OPT records or one whose owner is not the root (RFC 6891 section 6.1.1), and for a cookie of
   * impossible length (RFC 7873 section 5.2.2); BADVERS for EDNS version ≠ 0, whatever its options (RFC 6891 section
   * 6.1.3). Bytes after the last record are ignored.
   */
  read(bytes: Uint8Array, length: number): boolean {
    if (length < HEADER_SIZE || (bytes[2]! & 0x80) !== 0) return false;
    this.bytes = bytes;
    this.length = length;
    this.flags = uint16(bytes, 2);
    this.questionEnd = HEADER_SIZE;
    this.hasEdns = false;
    this.payloadSize = UDP_PAYLOAD_MIN;
    this.dnssecOk = false;
    this.asksPadding = false;
    this.asksCookie = false;
    this.cookieLength = 0;
    this.version = 0;
    this.hashOfKey = 0;
    this.rcode = this.readSections();
    if (this.rcode === RCODE.NOERROR) {
      setUint16(this.name, this.nameLength, this.type);
      this.name[this.nameLength + 2] = this.variant;
    }
    return true;
  }

  private readSections(): number {
    const rcode = this.readOpcode() === 0 ? this.readStandard() : RCODE.NOTIMP;
    if (rcode !== RCODE.NOERROR && !this.hasEdns) this.findOpt();
    return rcode;
  }

  private readOpcode(): number {
    return (this.flags >> 11) & 15;
  }

  private readStandard(): number {
    const { bytes } = this;
    const extra = uint16(bytes, 6) + uint16(bytes, 8);
    const additional = uint16(bytes, 10);
    if (uint16(bytes, 4) === 0 && extra === 0 && this.length <= MAX_QUERY) {
      if (!this.readRecords(0, additional)) return RCODE.FORMERR;
      if (this.version !== 0) return RCODE.BADVERS;
      this.asksCookie = this.cookieLength > 0;
      return RCODE.FORMERR;
    }
    if (!this.readQuestion()) return RCODE.FORMERR;
    if (extra > 0 && this.type !== TYPE.IXFR) return RCODE.FORMERR;
    if (!this.readRecords(extra, additional)) return RCODE.FORMERR;
    return this.version === 0 ? RCODE.NOERROR : RCODE.BADVERS;
  }

  /** Looks for an OPT record behind a part that could not be parsed: the error response has one if the query has. */
  private findOpt(): void {
    const { bytes } = this;
    const end = Math.min(this.length, MAX_QUERY);
    const questions = uint16(bytes, 4);
    const skipped = questions + uint16(bytes, 6) + uint16(bytes, 8);
    const records = skipped + uint16(bytes, 10);
    let at = HEADER_SIZE;
    for (let index = 0; index < records; index++) {
      const fixed = this.skipName(at, end);
      const isQuestion = index < questions;
      if (fixed < 0 || fixed + (isQuestion ? 4 : 10) > end) return;
      if (isQuestion) at = fixed + 4;
      else {
        if (index >= skipped && uint16(bytes, fixed) === TYPE.OPT) {
          this.hasEdns = true;
          this.dnssecOk = (uint16(bytes, fixed + 6) & DNSSEC_OK) !== 0;
          return;
        }
        at = fixed + 10 + uint16(bytes, fixed + 8);
      }
    }
  }

  /** The offset after a name that may be too long or point anywhere; -1 when its end cannot be found. */
  private skipName(start: number, end: number): number {
    for (let at = start; at < end; ) {
      const size = this.bytes[at]!;
      if (size >= 0xc0) return at + 2;
      if (size > MAX_LABEL) return -1;
      at += size + 1;
      if (size === 0) return at;
    }
    return -1;
  }

  private readQuestion(): boolean {
    const { bytes, length } = this;
    if (length > MAX_QUERY || uint16(bytes, 4) !== 1) return false;
    const end = this.readName();
    if (end < 0 || end + 4 > length) return false;
    this.type = uint16(bytes, end);
    this.class = uint16(bytes, end + 2);
    this.questionEnd = end + 4;
    return true;
  }

  /** The offset after the name, or -1 as in `plainNameEnd`. */
  private readName(): number {
    const { bytes, length, name, labels } = this;
    let count = 0;
    for (let at = HEADER_SIZE; at < length; ) {
      const size = bytes[at]!;
      const end = at + size + 1;
      if (size > MAX_LABEL || end > length || end - HEADER_SIZE > MAX_NAME) return -1;
      name[at - HEADER_SIZE] = size;
      if (size === 0) {
        this.nameLength = end - HEADER_SIZE;
        this.labelCount = count;
        this.hashSuffixes();
        return end;
      }
      labels[count] = at - HEADER_SIZE;
      count += 1;
      for (at += 1; at < end; at++) name[at - HEADER_SIZE] = lowerByte(bytes[at]!);
    }
    return -1;
  }

  private hashSuffixes(): void {
    const { name, labels, hashes, hash } = this;
    hash.begin();
    let end = this.nameLength - 1;
    for (let label = this.labelCount - 1; label >= 0; label--) {
      hashes[label] = hash.add(name, labels[label]!, end);
      end = labels[label]!;
    }
  }

  /** Reads `skipped` records and then `additional` ones, one of which may be an OPT. False: FORMERR. */
  private readRecords(skipped: number, additional: number): boolean {
    const { bytes, length } = this;
    let at = this.questionEnd;
    for (let index = 0; index < skipped + additional; index++) {
      const fixed = nameEnd(bytes, at, length);
      const data = fixed + 10;
      if (fixed < 0 || data > length) return false;
      const end = data + uint16(bytes, fixed + 8);
      if (end > length) return false;
      if (index >= skipped && uint16(bytes, fixed) === TYPE.OPT) {
        if (this.hasEdns) return false;
        this.hasEdns = true;
        this.payloadSize = Math.max(UDP_PAYLOAD_MIN, Math.min(UDP_PAYLOAD, uint16(bytes, fixed + 2)));
        this.dnssecOk = (uint16(bytes, fixed + 6) & DNSSEC_OK) !== 0;
        this.version = bytes[fixed + 5]!;
        if (bytes[at] !== 0) return false;
        // The form of the options of another version is not defined.
        if (this.version === 0 && !this.readOptions(data, end)) return false;
      }
      at = end;
    }
    return true;
  }

  /** False when the options do not fill the record exactly, or a cookie has an impossible length. The first of two cookies counts. */
  private readOptions(start: number, end: number): boolean {
    const { bytes } = this;
    let at = start;
    while (at + 4 <= end) {
      const code = uint16(bytes, at);
      const size = uint16(bytes, at + 2);
      const next = at + 4 + size;
      if (code === OPTION_PADDING) this.asksPadding = true;
      if (code === OPTION_COOKIE && this.cookieLength === 0) {
        const server = size - CLIENT_COOKIE;
        if (size > MAX_COOKIE || (server !== 0 && server < MIN_SERVER_COOKIE) || next > end) return false;
        for (let i = 0; i < size; i++) this.cookie[i] = bytes[at + 4 + i]!;
        this.cookieLength = size;
      }
      at = next;
    }
    return at === end;
  }
}
