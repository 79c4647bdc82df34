// Ids come from clients as strings. One that is no UUID names nothing, and Postgres is not asked.
import { createHash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Of any version (RFC 9562 section 4). */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A UUID of version 8 (RFC 9562 section 5.8) that depends on the name alone: the same one for ever. */
export function uuidOfName(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
