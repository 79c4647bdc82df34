// How the cache lies in memory that threads share: a seqlock, a bucket table, use counters and a ring buffer of entries.

/** What another thread needs to open the same cache. README.md has a diagram of it. */
export interface SharedCache {
  /** The seqlock: one word, which the writer increments before and after each change. Odd: a change is under way. */
  readonly sequence: SharedArrayBuffer;
  /** One word per bucket: the offset in `entries` of its first entry; 0: none. */
  readonly buckets: SharedArrayBuffer;
  /** Two bytes per bucket: the reference bit of CLOCK, and the number of uses by validated sources (for prefetch). */
  readonly uses: SharedArrayBuffer;
  /** The ring buffer of entries, oldest first. */
  readonly entries: SharedArrayBuffer;
}

/** A key of the cache. */
export interface CacheKey {
  /** Name in lower case on the wire, type and variant, as `Query` has them. */
  readonly bytes: Uint8Array;
  /** The keyed hash of `bytes`; never 0. */
  readonly hash: number;
}

/** Ten words of 32 bits at the start of an entry (indexes of Int32Array). */
export const WORD = {
  /** Bytes of the whole entry, a multiple of 8. */
  SIZE: 0,
  /** Offset of the next entry in the same bucket; 0: none. GAP marks the unused end of the ring. */
  NEXT: 1,
  HASH: 2,
  KEY_LENGTH: 3,
  MESSAGE_LENGTH: 4,
  TTL_COUNT: 5,
  OPTIONS_LENGTH: 6,
  RCODE: 7,
  /** Offset of the previous entry in the same bucket; 0: this one is the first. It makes unlinking O(1). */
  PREVIOUS: 8,
} as const;

/** Three numbers of 64 bits behind them (indexes of Float64Array), in milliseconds. */
export const TIME = { STORED_AT: 5, EXPIRES_AT: 6, RETRY_AT: 7 } as const;

/** Behind this header follow the bytes of key, options, TTL offsets (two bytes each) and message. */
export const ENTRY_HEADER = 64;

/** The value of NEXT that marks the unused end of the ring buffer. */
export const GAP = -1;
/** The hash of an entry that is in no bucket any more. No key has it. */
export const UNLINKED = 0;
/** The offset of the first entry. None stands at 0, so that 0 can mean "none". */
export const FIRST_ENTRY = 8;

const BYTES_PER_BUCKET = 256;
const MIN_BUCKETS = 16;

/** Allocates an empty cache. `maxBytes` bounds the entries; buckets and use counters take about 2 % more. */
export function createSharedCache(maxBytes: number): SharedCache {
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(maxBytes / BYTES_PER_BUCKET, MIN_BUCKETS)));
  return {
    sequence: new SharedArrayBuffer(4),
    buckets: new SharedArrayBuffer(buckets * 4),
    uses: new SharedArrayBuffer(buckets * 2),
    entries: new SharedArrayBuffer(FIRST_ENTRY + Math.floor(maxBytes / 8) * 8),
  };
}

/** Typed arrays over the shared memory. */
export interface CacheMemory {
  readonly sequence: Int32Array;
  readonly buckets: Int32Array;
  readonly uses: Uint8Array;
  /** `words`, `times` and `bytes` are three views of the same entries. */
  readonly words: Int32Array;
  readonly times: Float64Array;
  readonly bytes: Uint8Array;
}

export function openMemory({ sequence, buckets, uses, entries }: SharedCache): CacheMemory {
  return {
    sequence: new Int32Array(sequence),
    buckets: new Int32Array(buckets),
    uses: new Uint8Array(uses),
    words: new Int32Array(entries),
    times: new Float64Array(entries),
    bytes: new Uint8Array(entries),
  };
}
