// What a thread has answered, counted in memory that another one reads: by transport, kind and rcode, and nothing else.

/** DoT: RFC 7858. DoH: RFC 8484. */
export const TRANSPORTS = ['udp', 'tcp', 'dot', 'doh'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/**
 * Why the answer is what it is; `ignored` is silence, and so is `limited`, but SERVFAIL for a source whose share of the
 * forwarding is used up. `unready`: there is no list yet. `unproved`: the client is to come over TCP or with a
 * cookie. `stale`: past its time, served because no upstream has a newer one (RFC 8767).
 */
export const KINDS = [
  'ignored',
  'limited',
  'refused',
  'unready',
  'portal',
  'protocol',
  'relayed',
  'special-use',
  'cached',
  'stale',
  'unproved',
  'forwarded',
  'failed',
] as const;
export type Kind = (typeof KINDS)[number];

/** Rcodes up to BADCOOKIE; silence is the last one. */
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
