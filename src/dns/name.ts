// Domain names as wire-format octets: compared by whole labels, without regard to ASCII case.
import dns2 from 'dns2';
import { HEADER_SIZE } from './wire.js';

/**
 * A name in lower case as on the wire, one character per octet, with its length octets and the root label. In this form
 * a suffix that begins at a label is again a name, and a label that contains a dot is still one label.
 */
export type WireName = string;

const MAX_NAME = 255;
const MAX_LABEL = 63;

/** The lower-case A-labels of the catalogue or of this code; names from messages are read by `readName`. */
export function wireName(text: string): WireName {
  return dns2.Packet.Name.encode(text).toString('latin1');
}

/**
 * The octet after an uncompressed name that begins at `start`, or -1 when it is cut off, too long, or has a pointer or
 * a reserved label type (RFC 1035 sections 2.3.4 and 4.1.4).
 */
export function plainNameEnd(message: Buffer, start: number): number {
  for (let at = start; at < message.length; ) {
    const length = message[at]!;
    if (length > MAX_LABEL) return -1;
    at += length + 1;
    if (at - start > MAX_NAME || at > message.length) return -1;
    if (length === 0) return at;
  }
  return -1;
}

/**
 * The octet after a name that may end in a pointer, or -1. The pointer is not followed; it must point backwards, past
 * the header, as RFC 1035 section 4.1.4 says, so that nobody who does follow it is led in a circle.
 */
function nameEnd(message: Buffer, start: number): number {
  for (let at = start; at < message.length; ) {
    const length = message[at]!;
    if (length >= 0xc0) {
      if (at + 2 > message.length) return -1;
      const target = message.readUInt16BE(at) & 0x3fff;
      return target >= HEADER_SIZE && target < start ? at + 2 : -1;
    }
    if (length > MAX_LABEL) return -1;
    at += length + 1;
    if (at - start > MAX_NAME || at > message.length) return -1;
    if (length === 0) return at;
  }
  return -1;
}

const lowered = Buffer.alloc(MAX_NAME);

/** The name in the octets from `start` to `end`, as `plainNameEnd` found them. */
export function readName(message: Buffer, start: number, end: number): WireName {
  for (let at = start; at < end; at++) lowered[at - start] = lowerOctet(message[at]!);
  return lowered.toString('latin1', 0, end - start);
}

/** ASCII only (RFC 4343). A length octet is at most 63, so it is no letter. */
export function lowerOctet(octet: number): number {
  return octet >= 65 && octet <= 90 ? octet + 32 : octet;
}

/** Where a record of any section stands. */
export interface RecordBounds {
  readonly type: number;
  /** The octet after the owner's name, where type, class, TTL and RDLENGTH begin (RFC 1035 section 4.1.3). */
  readonly fixed: number;
  readonly data: number;
  readonly end: number;
}

/** Null when the record that begins at `start` is broken or reaches beyond the message. */
export function recordAt(message: Buffer, start: number): RecordBounds | null {
  const fixed = nameEnd(message, start);
  const data = fixed + 10;
  if (fixed < 0 || data > message.length) return null;
  const end = data + message.readUInt16BE(fixed + 8);
  return end > message.length ? null : { type: message.readUInt16BE(fixed), fixed, data, end };
}

export interface SuffixMatch<T> {
  readonly value: T;
  /** Where in the name the suffix begins. */
  readonly offset: number;
}

/** Values by name. */
export class NameMap<T> {
  private readonly values = new Map<WireName, T>();

  set(name: WireName, value: T): void {
    this.values.set(name, value);
  }

  get(name: WireName): T | undefined {
    return this.values.get(name);
  }

  /** The value of the longest suffix of whole labels; the name itself is one. */
  findSuffix(name: WireName): SuffixMatch<T> | undefined {
    for (let offset = 0; offset < name.length; offset += name.charCodeAt(offset) + 1) {
      const value = this.values.get(offset === 0 ? name : name.slice(offset));
      if (value !== undefined) return { value, offset };
    }
    return undefined;
  }
}
