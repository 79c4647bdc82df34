// Counts what one thread has answered, in memory that the main thread reads: by transport, kind and rcode, and nothing else.
import { TRANSPORTS, type Transport } from './transport/transports.js';

/**
 * How a query was decided. `ignored`: the message is no query. `rate-limited`: dropped by the rate limit, or SERVFAIL by the
 * forward limit. `refused`: the client is unlisted. `unready`: there is no allowlist yet. `protocol`: the RFCs demand it before
 * the name matters. `check`: a check name or self name. `relayed`: a streaming name. `cookie-required`: truncated, so that the client returns over TCP or
 * with a cookie. `stale`: an expired answer, because no upstream has a fresh one (RFC 8767). `failed`: SERVFAIL, because no
 * upstream has an answer.
 */
export const KINDS = [
  'ignored',
  'rate-limited',
  'refused',
  'unready',
  'portal',
  'check',
  'protocol',
  'relayed',
  'special-use',
  'cached',
  'stale',
  'cookie-required',
  'forwarded',
  'failed',
] as const;
export type Kind = (typeof KINDS)[number];

/** Rcodes up to BADCOOKIE, and one more for "no response". */
const RCODES = 25;
export const NO_RCODE = RCODES - 1;

export class Tally {
  private readonly counts: Float64Array;

  constructor(
    readonly memory = new SharedArrayBuffer(
      TRANSPORTS.length * KINDS.length * RCODES * Float64Array.BYTES_PER_ELEMENT,
    ),
  ) {
    this.counts = new Float64Array(memory);
  }

  count(transport: Transport, kind: Kind, rcode: number): void {
    const row = TRANSPORTS.indexOf(transport) * KINDS.length + KINDS.indexOf(kind);
    this.counts[row * RCODES + Math.min(rcode, NO_RCODE)]! += 1;
  }

  /** Calls back for every number that is not 0. */
  each(callback: (transport: Transport, kind: Kind, rcode: number, count: number) => void): void {
    for (const [index, count] of this.counts.entries()) {
      if (count === 0) continue;
      const row = Math.floor(index / RCODES);
      const transport = TRANSPORTS[Math.floor(row / KINDS.length)]!;
      callback(transport, KINDS[row % KINDS.length]!, index % RCODES, count);
    }
  }
}
