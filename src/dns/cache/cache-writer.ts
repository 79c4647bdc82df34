// The one writer of the shared cache: appends answers to a ring buffer and evicts by CLOCK (second chance).
import type { Answer } from '../wire/answer.js';
import { CachedAnswer, CacheReader } from './cache-reader.js';
import {
  type CacheKey,
  ENTRY_HEADER,
  FIRST_ENTRY,
  GAP,
  type SharedCache,
  TIME,
  UNLINKED,
  WORD,
} from './layout.js';

/** How many used entries one new entry moves to the head of the ring instead of evicting them. */
const SECOND_CHANCES = 4;

/** The only writer of a cache, on the main thread. README.md has a diagram of the memory. */
export class AnswerCache extends CacheReader {
  private head = FIRST_ENTRY;
  private tail = FIRST_ENTRY;
  private count = 0;
  private used = 0;

  constructor(readonly shared: SharedCache) {
    super(shared);
  }

  /** Bytes of the ring buffer in use. */
  get bytes(): number {
    return this.used;
  }

  /** Number of answers. */
  get size(): number {
    return this.count;
  }

  /** Stores an answer. It expires after its TTL, and stays in the ring buffer as long as there is room. */
  set(key: CacheKey, answer: Answer, now: number): void {
    const entry = encode(key, answer, now);
    this.change(() => {
      const old = this.entryOf(key);
      if (old !== 0) this.unlink(old);
      this.memory.uses[this.bucketOf(key.hash) * 2 + 1] = 0;
      const spared: Uint8Array[] = [];
      if (!this.append(entry, spared)) return;
      for (const each of spared) this.append(each);
    });
  }

  /** A copy of the answer, expired or not; undefined: none. */
  get(key: CacheKey): CachedAnswer | undefined {
    const at = this.entryOf(key);
    if (at === 0) return undefined;
    const answer = new CachedAnswer();
    this.readEntry(at, answer);
    return answer;
  }

  /** Forwarding has failed: until `retryAt` (milliseconds) the stale answer is served without another try. */
  noteFailure(key: CacheKey, retryAt: number): void {
    const at = this.entryOf(key);
    if (at !== 0) this.change(() => (this.memory.times[(at >> 3) + TIME.RETRY_AT] = retryAt));
  }

  /** Runs a change inside the seqlock. */
  private change(work: () => void): void {
    Atomics.add(this.memory.sequence, 0, 1);
    work();
    Atomics.add(this.memory.sequence, 0, 1);
  }

  private entryOf({ bytes, hash }: CacheKey): number {
    return this.find(bytes, bytes.length, hash);
  }

  /** Removes an entry from its bucket. Its bytes stay until `tail` passes them. */
  private unlink(gone: number): void {
    const { words, buckets } = this.memory;
    const next = words[(gone >> 2) + WORD.NEXT]!;
    const previous = words[(gone >> 2) + WORD.PREVIOUS]!;
    if (previous === 0) buckets[this.bucketOf(words[(gone >> 2) + WORD.HASH]!)] = next;
    else words[(previous >> 2) + WORD.NEXT] = next;
    if (next !== 0) words[(next >> 2) + WORD.PREVIOUS] = previous;
    words[(gone >> 2) + WORD.HASH] = UNLINKED;
    this.count -= 1;
  }

  /** Appends an entry at `head`. Evicted entries that were used are put into `spared`, up to a limit. False: it is too large. */
  private append(entry: Uint8Array, spared: Uint8Array[] | null = null): boolean {
    const { words, bytes, buckets } = this.memory;
    if (entry.length > bytes.length - FIRST_ENTRY) return false;
    while (!this.makeRoom(entry.length)) this.dropOldest(spared);
    const at = this.head;
    bytes.set(entry, at);
    const bucket = this.bucketOf(words[(at >> 2) + WORD.HASH]!);
    const next = buckets[bucket]!;
    words[(at >> 2) + WORD.NEXT] = next;
    words[(at >> 2) + WORD.PREVIOUS] = 0;
    if (next !== 0) words[(next >> 2) + WORD.PREVIOUS] = at;
    buckets[bucket] = at;
    this.head += entry.length;
    this.used += entry.length;
    this.count += 1;
    return true;
  }

  /** Whether `size` bytes are free at `head`, which may have to return to the start of the ring. */
  private makeRoom(size: number): boolean {
    const end = this.memory.bytes.length;
    if (this.used === 0) {
      this.head = FIRST_ENTRY;
      this.tail = FIRST_ENTRY;
    }
    const isBehindTail = this.head < this.tail || (this.head === this.tail && this.used > 0);
    if (isBehindTail) return this.tail - this.head >= size;
    if (end - this.head >= size) return true;
    if (end > this.head) this.writeGap(end - this.head);
    this.head = FIRST_ENTRY;
    return this.tail - this.head >= size;
  }

  private writeGap(size: number): void {
    const { words } = this.memory;
    words[(this.head >> 2) + WORD.SIZE] = size;
    words[(this.head >> 2) + WORD.NEXT] = GAP;
    this.used += size;
  }

  private dropOldest(spared: Uint8Array[] | null): void {
    const { words, bytes, uses } = this.memory;
    if (this.tail === bytes.length) this.tail = FIRST_ENTRY;
    const word = this.tail >> 2;
    const size = words[word + WORD.SIZE]!;
    if (words[word + WORD.NEXT] !== GAP && words[word + WORD.HASH] !== UNLINKED) {
      const use = this.bucketOf(words[word + WORD.HASH]!) * 2;
      if (spared !== null && spared.length < SECOND_CHANCES && uses[use] === 1) {
        uses[use] = 0;
        spared.push(bytes.slice(this.tail, this.tail + size));
      }
      this.unlink(this.tail);
    }
    this.tail += size;
    this.used -= size;
    if (this.tail === bytes.length) this.tail = FIRST_ENTRY;
  }
}

function encode({ bytes, hash }: CacheKey, answer: Answer, now: number): Uint8Array {
  const { message, length, rcode, ttlOffsets, ttlCount, ttl, options, optionsLength } = answer;
  const end = ENTRY_HEADER + bytes.length + optionsLength + ttlCount * 2 + length;
  const entry = new Uint8Array(Math.ceil(end / 8) * 8);
  const words = new Int32Array(entry.buffer);
  const times = new Float64Array(entry.buffer);
  words[WORD.SIZE] = entry.length;
  words[WORD.HASH] = hash;
  words[WORD.KEY_LENGTH] = bytes.length;
  words[WORD.MESSAGE_LENGTH] = length;
  words[WORD.TTL_COUNT] = ttlCount;
  words[WORD.OPTIONS_LENGTH] = optionsLength;
  words[WORD.RCODE] = rcode;
  times[TIME.STORED_AT] = now;
  times[TIME.EXPIRES_AT] = now + ttl * 1000;
  entry.set(bytes, ENTRY_HEADER);
  let at = ENTRY_HEADER + bytes.length;
  entry.set(options.subarray(0, optionsLength), at);
  at += optionsLength;
  for (let i = 0; i < ttlCount; i++, at += 2) {
    entry[at] = ttlOffsets[i]! >> 8;
    entry[at + 1] = ttlOffsets[i]!;
  }
  entry.set(message.subarray(0, length), at);
  return entry;
}
