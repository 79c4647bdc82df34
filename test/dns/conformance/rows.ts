// The rows of the conformance table: what an RFC demands, the query, and what the response must contain.
import type { Transport } from '../support/device.js';
import { type EdnsParts, nameBytes, query } from '../support/messages.js';

export const NAME = 'www.stream.example';
export const QUESTION = nameBytes(NAME);
const RELAY = 'A 198.51.100.10';

export interface Row {
  readonly rfc: string;
  readonly says: string;
  readonly message: Buffer;
  /** What the response over UDP must contain; other parts are not compared. */
  readonly sees: object;
  readonly transport?: Transport;
}

export const row = (rfc: string, says: string, message: Buffer, sees: object): Row => ({
  rfc,
  says,
  message,
  sees,
});
export const invalid = (rfc: string, says: string, rcode: string, message: Buffer): Row =>
  row(rfc, `${says} → ${rcode}`, message, { rcode, answers: [], authority: [] });
export const withEdns = (edns: Partial<EdnsParts>) => query({ name: NAME, edns });
export const withFlags = (flags: number, name = NAME) => query({ name, flags });
export const answered = { rcode: 'NOERROR', answers: [RELAY] };

/** An A record of the question’s name. */
export function aRecord(): Buffer {
  return Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
}

/** A name of so many bytes in wire format. */
export function longName(bytes: number): Buffer {
  const labels = [63, 63, 63, bytes - 194].map((size) => Buffer.from([size, ...Buffer.alloc(size, 'a')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
