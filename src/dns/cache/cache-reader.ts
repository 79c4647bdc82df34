// Looks up answers in the shared cache from any thread, without locks: the seqlock shows whether a read met the writer.
import type { Answer } from '../wire/answer.js';
import { uint16 } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import { type CacheMemory, ENTRY_HEADER, openMemory, type SharedCache, TIME, WORD } from './layout.js';

/** An answer as `lookUp` has found it; the next `lookUp` overwrites it. */
export class CachedAnswer implements Answer {
  message = new Uint8Array(2048);
  length = 0;
  rcode = 0;
  ttlOffsets = new Uint16Array(64);
  ttlCount = 0;
  ttl = 0;
  options = new Uint8Array(64);
  optionsLength = 0;
  /** Milliseconds on the cache's clock, as the two that follow. */
  storedAt = 0;
  expiresAt = 0;
  /** Forwarding has failed: until then the stale answer is sent without another try (RFC 8767 section 5). */
  retryAt = 0;
}

/** What `lookUp` returns. BUSY: the writer was in the middle of a change, so this thread cannot know. */
export const LOOKUP = { MISS: 0, HIT: 1, BUSY: 2 } as const;
export type Lookup = (typeof LOOKUP)[keyof typeof LOOKUP];

/**
 * How often a lookup is tried while the writer changes something. A change takes a few microseconds, and so do these tries. It
 * takes longer only when the system has suspended the writer's thread; waiting for that would hold up the whole batch.
 */
const MAX_TRIES = 100;
/** Far more entries than share a bucket: a reader that meets the writer could otherwise follow links in a circle. */
const MAX_LINKS = 64;

export class CacheReader {
  /** What the last HIT has found. */
  readonly found = new CachedAnswer();
  protected readonly memory: CacheMemory;
  private readonly fence = new Int32Array(new SharedArrayBuffer(4));

  constructor(shared: SharedCache) {
    this.memory = openMemory(shared);
  }

  /**
   * Looks for the answer to a valid query, expired or not; after HIT it stands in `found`. BUSY never comes in the writer's own
   * thread. Allocates only for answers beyond 2048 bytes.
   */
  lookUp(query: Query): Lookup {
    const hash = query.keyHash;
    const { sequence } = this.memory;
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const before = Atomics.load(sequence, 0);
      if ((before & 1) !== 0) continue;
      const at = this.find(query.name, query.keyLength, hash);
      const isFound = at !== 0 && this.readEntry(at, this.found);
      // A store followed by a load: no processor moves the reads above behind it.
      Atomics.store(this.fence, 0, 0);
      if (Atomics.load(sequence, 0) === before) return isFound ? LOOKUP.HIT : LOOKUP.MISS;
    }
    return LOOKUP.BUSY;
  }

  /** Sets the reference bit of CLOCK. `isValidated`: the source has been validated, so the use counts for prefetch. */
  countUse({ keyHash }: Query, isValidated: boolean): void {
    const at = this.bucketOf(keyHash) * 2;
    const { uses } = this.memory;
    uses[at] = 1;
    if (isValidated && uses[at + 1]! < 255) uses[at + 1]! += 1;
  }

  /** Whether validated sources have used the answer at least `times` times; if so, the count starts again from 0. */
  claimPrefetch({ keyHash }: Query, times: number): boolean {
    const at = this.bucketOf(keyHash) * 2 + 1;
    if (this.memory.uses[at]! < times) return false;
    this.memory.uses[at] = 0;
    return true;
  }

  protected bucketOf(hash: number): number {
    return hash & (this.memory.buckets.length - 1);
  }

  /** The offset of the key's entry; 0: there is none. */
  protected find(key: Uint8Array, length: number, hash: number): number {
    const { words, buckets } = this.memory;
    let at = buckets[this.bucketOf(hash)]!;
    for (let links = 0; at !== 0 && links < MAX_LINKS; links++) {
      if (words[(at >> 2) + WORD.HASH] === hash && this.hasKey(at, key, length)) return at;
      at = words[(at >> 2) + WORD.NEXT]!;
    }
    return 0;
  }

  private hasKey(at: number, key: Uint8Array, length: number): boolean {
    const { words, bytes } = this.memory;
    if (words[(at >> 2) + WORD.KEY_LENGTH] !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[at + ENTRY_HEADER + i] !== key[i]) return false;
    return true;
  }

  /** Copies an entry to `found`. False when its lengths are impossible, because the writer is changing it. */
  protected readEntry(at: number, found: CachedAnswer): boolean {
    const { words, times, bytes } = this.memory;
    const word = at >> 2;
    const time = at >> 3;
    found.rcode = words[word + WORD.RCODE]!;
    found.storedAt = times[time + TIME.STORED_AT]!;
    found.expiresAt = times[time + TIME.EXPIRES_AT]!;
    found.retryAt = times[time + TIME.RETRY_AT]!;
    found.ttl = (found.expiresAt - found.storedAt) / 1000;
    const length = words[word + WORD.MESSAGE_LENGTH]!;
    const ttlCount = words[word + WORD.TTL_COUNT]!;
    const optionsLength = words[word + WORD.OPTIONS_LENGTH]!;
    const optionsAt = at + ENTRY_HEADER + words[word + WORD.KEY_LENGTH]!;
    const ttlsAt = optionsAt + optionsLength;
    const messageAt = ttlsAt + ttlCount * 2;
    const isPossible = length >= 0 && ttlCount >= 0 && optionsLength >= 0 && length <= 65_535;
    if (!isPossible || messageAt + length > bytes.length) return false;
    if (found.message.length < length) found.message = new Uint8Array(length);
    if (found.ttlOffsets.length < ttlCount) found.ttlOffsets = new Uint16Array(ttlCount);
    if (found.options.length < optionsLength) found.options = new Uint8Array(optionsLength);
    for (let i = 0; i < optionsLength; i++) found.options[i] = bytes[optionsAt + i]!;
    for (let i = 0; i < ttlCount; i++) found.ttlOffsets[i] = uint16(bytes, ttlsAt + i * 2);
    for (let i = 0; i < length; i++) found.message[i] = bytes[messageAt + i]!;
    found.length = length;
    found.ttlCount = ttlCount;
    found.optionsLength = optionsLength;
    return true;
  }
}
