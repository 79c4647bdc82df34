// What is true of every answer, whatever was asked; read with a reader of its own, so that no fault hides itself.
import { CONNECTIVITY_CHECK, OPEN_ZONES, PORTAL } from './corpus.js';

const HEADER = 12;
const OPT = 41;
const NXDOMAIN = 3;
const REFUSED = 5;
/** The longest message that the edge takes for a query. */
const MAX_QUERY = 4096;

class BrokenInvariant extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'BrokenInvariant';
  }
}

export function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw new BrokenInvariant(what);
}

export interface Asked {
  readonly message: Buffer;
  readonly isAllowed: boolean;
  readonly transport: 'udp' | 'tcp' | 'dot' | 'doh';
}

/** Null: silence. Throws BrokenInvariant. */
export function checkReply(asked: Asked, reply: Buffer | null): void {
  const { message, isAllowed, transport } = asked;
  const deservesSilence = message.length < HEADER || (message[2]! & 0x80) !== 0;
  if (reply === null || deservesSilence) {
    require(reply === null, 'what is no query is answered with silence');
    require(deservesSilence, 'a query is not answered with silence');
    return;
  }
  require(reply.length >= HEADER, 'an answer has a header');
  require(reply.readUInt16BE(0) === message.readUInt16BE(0), 'the ID is that of the query');
  require((reply[2]! & 0xf8) === (0x80 | (message[2]! & 0x78)), 'an answer is a response of the same opcode');
  require((reply[3]! & 0x40) === 0, 'the bit Z is zero');
  const limit = isAllowed ? payloadLimit(message) : message.length;
  require(transport !== 'udp' || reply.length <= limit, 'an answer over UDP keeps to its limit');
  const read = readReply(message, reply);
  if (!isAllowed) checkRefusal(asked, reply, read);
}

interface Read {
  readonly records: number;
  readonly name: string | null;
}

/** An unlisted client: what is for anyone, or REFUSED and nothing else. */
function checkRefusal({ message, transport }: Asked, reply: Buffer, { records, name }: Read): void {
  const rcode = reply[3]! & 15;
  if ((name === PORTAL || name === CONNECTIVITY_CHECK) && rcode === 0) return;
  const isOpen = OPEN_ZONES.some((zone) => name === zone || name?.endsWith(`.${zone}`));
  if (isOpen && (rcode === 0 || rcode === NXDOMAIN)) return;
  require(rcode === REFUSED, 'an unlisted client gets REFUSED');
  require(records === 0, 'an unlisted client gets no records');
  // Over a connection it names its reason.
  require(transport !== 'udp' || reply.length <= message.length, 'a refusal is no longer than its query');
}

/** The whole answer is what its counts say; its question and its OPT are those that were asked for. */
function readReply(message: Buffer, reply: Buffer): Read {
  const questions = reply.readUInt16BE(4);
  const question = questionEnd(message);
  require(questions === (question === null ? 0 : 1), 'a question that there is comes back, and no other');
  const end = question ?? HEADER;
  require(reply
    .subarray(HEADER, end)
    .equals(message.subarray(HEADER, end)), 'the question comes back as it came');
  const [answers, authority, additional] = [6, 8, 10].map((at) => reply.readUInt16BE(at)) as [
    number,
    number,
    number,
  ];
  let at = end;
  let opts = 0;
  for (let index = 0; index < answers + authority + additional; index++) {
    const record = recordAt(reply, at);
    require(record !== null, 'every record of an answer is whole');
    if (record.type === OPT) {
      require(index >= answers + authority && reply[at] === 0, 'OPT is an additional record of the root');
      require(reply[record.fixed + 5] === 0, 'OPT is of version 0');
      opts += 1;
    }
    at = record.end;
  }
  require(at === reply.length, 'nothing stands behind an answer');
  require(opts <= (message.readUInt16BE(10) > 0 ? 1 : 0), 'OPT is there once, if it was asked for');
  const records = answers + authority + additional - opts;
  return { records, name: question === null ? null : plainName(message, HEADER).text };
}

/** The byte after the question, or null when there is none that could be sent back. */
function questionEnd(message: Buffer): number | null {
  const isQuery = (message[2]! & 0x78) === 0 && message.length <= MAX_QUERY;
  if (!isQuery || message.readUInt16BE(4) !== 1) return null;
  const { end } = plainName(message, HEADER);
  return end === null || end + 4 > message.length ? null : end + 4;
}

/** A name without pointers: where it ends, or null, and its text in lower case. */
function plainName(message: Buffer, start: number): { end: number | null; text: string } {
  const labels: string[] = [];
  let at = start;
  while (at < message.length && message[at] !== 0) {
    const size = message[at]!;
    if (size > 63 || at + 1 + size > message.length) return { end: null, text: '' };
    labels.push(message.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  const end = at < message.length && at + 1 - start <= 255 ? at + 1 : null;
  return { end, text: labels.join('.').toLowerCase() };
}

interface RecordPlace {
  readonly type: number;
  readonly fixed: number;
  readonly end: number;
}

/** Null when the record is not whole. */
function recordAt(message: Buffer, start: number): RecordPlace | null {
  let fixed = start;
  while (fixed < message.length && message[fixed]! > 0 && message[fixed]! <= 63) fixed += 1 + message[fixed]!;
  if (fixed >= message.length) return null;
  const kind = message[fixed]!;
  if (kind !== 0) {
    if (kind < 0xc0 || fixed + 2 > message.length) return null;
    const target = message.readUInt16BE(fixed) & 0x3fff;
    if (target < HEADER || target >= start) return null;
  }
  fixed += kind === 0 ? 1 : 2;
  if (fixed - start > 255 || fixed + 10 > message.length) return null;
  const end = fixed + 10 + message.readUInt16BE(fixed + 8);
  return end > message.length ? null : { type: message.readUInt16BE(fixed), fixed, end };
}

/** What the client can receive over UDP. To a query that is broken there is nothing to say that needs more than 512. */
function payloadLimit(message: Buffer): number {
  const [answers, authority, additional] = [6, 8, 10].map((at) => message.readUInt16BE(at)) as [
    number,
    number,
    number,
  ];
  let at = questionEnd(message) ?? message.length;
  for (let index = 0; index < answers + authority + additional; index++) {
    const record = recordAt(message, at);
    if (record === null) return 512;
    if (index >= answers + authority && record.type === OPT) {
      return Math.max(512, Math.min(1232, message.readUInt16BE(record.fixed + 2)));
    }
    at = record.end;
  }
  return 512;
}
