// Domain names as wire-format bytes: compared by whole labels, without regard to ASCII case.
import dns2 from 'dns2';
import { HEADER_SIZE, MAX_LABEL, MAX_NAME } from './wire.js';

/** The wire format of a name in lower-case A-labels, from the catalogue or from this code. `Query` reads names of messages. */
export function wireName(text: string): Uint8Array {
  return dns2.Packet.Name.encode(text);
}

/**
 * The offset after an uncompressed name that begins at `start`. -1: it reaches beyond `end`, is too long, or has a pointer or
 * a reserved label type (RFC 1035 sections 2.3.4 and 4.1.4).
 */
export function plainNameEnd(message: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; ) {
    const length = message[at]!;
    if (length > MAX_LABEL) return -1;
    at += length + 1;
    if (at - start > MAX_NAME || at > end) return -1;
    if (length === 0) return at;
  }
  return -1;
}

/**
 * The offset after a name that may end in a compression pointer, or -1. The pointer is not followed. It must point backwards
 * and past the header (RFC 1035 section 4.1.4), so that a client that follows it cannot loop.
 */
export function nameEnd(message: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; ) {
    const length = message[at]!;
    if (length >= 0xc0) {
      if (at + 2 > end) return -1;
      const target = uint16(message, at) & 0x3fff;
      return target >= HEADER_SIZE && target < start ? at + 2 : -1;
    }
    if (length > MAX_LABEL) return -1;
    at += length + 1;
    if (at - start > MAX_NAME || at > end) return -1;
    if (length === 0) return at;
  }
  return -1;
}

/**
 * As `nameEnd`, for a name that a device will expand: every pointer leads further back to a valid name, and all labels
 * together are not too long.
 */
export function expandedNameEnd(message: Uint8Array, start: number, end: number): number {
  const own = nameEnd(message, start, end);
  let length = 0;
  for (let at = start, from = start; own >= 0 && at + 1 <= message.length; ) {
    const size = message[at]!;
    if (size >= 0xc0) {
      const target = uint16(message, at) & 0x3fff;
      if (at + 2 > message.length || target < HEADER_SIZE || target >= from) return -1;
      at = target;
      from = target;
      continue;
    }
    length += size + 1;
    if (size > MAX_LABEL || length > MAX_NAME) return -1;
    if (size === 0) return own;
    at += size + 1;
  }
  return -1;
}

/** ASCII only (RFC 4343). A length byte is at most 63, so it is no letter. */
export function lowerByte(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/** Reads two bytes in network order. */
export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function setUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Reads four bytes in network order. */
export function uint32(bytes: Uint8Array, at: number): number {
  return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0;
}

export function setUint32(bytes: Uint8Array, at: number, value: number): void {
  setUint16(bytes, at, value >>> 16);
  setUint16(bytes, at + 2, value & 0xffff);
}

/** The offsets of a record of any section. */
export interface RecordBounds {
  readonly type: number;
  /** The offset after the owner's name, where type, class, TTL and RDLENGTH begin (RFC 1035 section 4.1.3). */
  readonly fixed: number;
  readonly data: number;
  readonly end: number;
}

/** The record that begins at `start`; null when it is malformed or reaches beyond the message. */
export function recordAt(message: Uint8Array, start: number): RecordBounds | null {
  const fixed = nameEnd(message, start, message.length);
  const data = fixed + 10;
  if (fixed < 0 || data > message.length) return null;
  const end = data + uint16(message, fixed + 8);
  return end > message.length ? null : { type: uint16(message, fixed), fixed, data, end };
}
