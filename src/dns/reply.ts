// Writes an answer for a query: its ID and question as they came, OPT if and only if the query had one.
import type { Edns, Query } from './query.js';
import { flagsOf } from './query.js';
import { DNSSEC_OK, FLAG, HEADER_SIZE, OPTION_EXTENDED_ERROR, TYPE, UDP_PAYLOAD } from './wire.js';

export interface Reply {
  readonly rcode: number;
  /** Of FLAG: AA, RA, AD, TC. The others follow from the query. */
  readonly flags: number;
  /** Whole records; those that belong to the question's name begin with the pointer 0xc00c. */
  readonly answers?: readonly Uint8Array[];
  readonly authority?: readonly Uint8Array[];
  /** EDNS options; left out when the query had no OPT. */
  readonly options?: Uint8Array;
}

const NO_OPTIONS = new Uint8Array(0);

/**
 * What is longer than `limit` octets is cut to the question and OPT, with TC (RFC 2181 section 9). Those alone are never
 * longer than the query that they come from.
 */
export function writeReply(query: Query, reply: Reply, limit: number): Buffer {
  const whole = assemble(query, reply);
  if (whole.length <= limit) return whole;
  return assemble(query, { rcode: reply.rcode, flags: reply.flags | FLAG.TC });
}

function assemble(query: Query, { rcode, flags, answers = [], authority = [], options }: Reply): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  writeHeader(header, query, flags, rcode);
  header.writeUInt16BE(query.question === null ? 0 : 1, 4);
  header.writeUInt16BE(answers.length, 6);
  header.writeUInt16BE(authority.length, 8);
  header.writeUInt16BE(query.edns === null ? 0 : 1, 10);
  const question = query.bytes.subarray(HEADER_SIZE, query.question?.end ?? HEADER_SIZE);
  const opt = query.edns === null ? [] : [optRecord(query.edns, rcode, options)];
  return Buffer.concat([header, question, ...answers, ...authority, ...opt]);
}

/** ID and flags: opcode, RD and CD as in the query (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6). */
export function writeHeader(message: Buffer, query: Query, flags: number, rcode: number): void {
  const copied = flagsOf(query.bytes) & (0x7800 | FLAG.RD | FLAG.CD);
  message.writeUInt16BE(query.bytes.readUInt16BE(0), 0);
  message.writeUInt16BE(FLAG.QR | copied | flags | (rcode & 15), 2);
}

/** RFC 6891 section 6.1.2; DO is copied (RFC 3225 section 3). */
export function optRecord(edns: Edns, rcode: number, options: Uint8Array = NO_OPTIONS): Buffer {
  const record = Buffer.alloc(11 + options.length);
  record.writeUInt16BE(TYPE.OPT, 1);
  record.writeUInt16BE(UDP_PAYLOAD, 3);
  record[5] = rcode >> 4;
  record.writeUInt16BE(edns.dnssecOk ? DNSSEC_OK : 0, 7);
  record.writeUInt16BE(options.length, 9);
  record.set(options, 11);
  return record;
}

/** The EDNS option of an extended error without text (RFC 8914 section 2). */
export function extendedError(infoCode: number): Buffer {
  const option = Buffer.alloc(6);
  option.writeUInt16BE(OPTION_EXTENDED_ERROR, 0);
  option.writeUInt16BE(2, 2);
  option.writeUInt16BE(infoCode, 4);
  return option;
}
