// Answers in memory that threads share, bounded in bytes: one thread writes, all look up, and what is used stays longer.
import type { Answer } from '../wire/answer.js';
import { uint16 } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import { RCODE } from '../wire/wire.js';

/** What another thread needs to look up in the same cache. */
export interface SharedCache {
  /** How often the writer has begun or ended a change; odd: it is at one. */
  readonly sequence: SharedArrayBuffer;
  /** Where in `entries` the first entry of a bucket stands; 0: none. */
  readonly buckets: SharedArrayBuffer;
  /** Two bytes a bucket: used since it was last looked at, and how often by sources that had proved themselves. */
  readonly uses: SharedArrayBuffer;
  /** A ring of entries, the oldest of which go first. */
  readonly entries: SharedArrayBuffer;
}

/** A key of the cache: name in lower case, type and variant, as `Query` has them. */
export interface CacheKey {
  readonly bytes: Uint8Array;
  readonly hash: number;
}

/** An answer as `lookUp` found it; it is overwritten by the next one. */
export class CachedAnswer implements Answer {
  message = new Uint8Array(2048);
  length = 0;
  rcode = 0;
  ttlOffsets = new Uint16Array(64);
  ttlCount = 0;
  ttl = 0;
  options = new Uint8Array(64);
  optionsLength = 0;
  /** Milliseconds on the cache's clock. */
  storedAt = 0;
  expiresAt = 0;
  /** A refresh has failed: until then the stale answer is served without trying again. */
  retryAt = 0;
}

// An entry is ten words of 32 bits, three of 64, and then the bytes of its key, options, TTL offsets and message.
const SIZE = 0;
const NEXT = 1;
const HASH = 2;
const KEY_LENGTH = 3;
const LENGTH = 4;
const TTL_COUNT = 5;
const OPTIONS_LENGTH = 6;
const ANSWER_RCODE = 7;
/** The entry before it in its bucket, so that taking it out costs the same, whatever shares the bucket; 0: it is the first. */
const PREVIOUS = 8;
const STORED_AT = 5;
const EXPIRES_AT = 6;
const RETRY_AT = 7;
const FIXED = 64;

/** The next one of what is no entry but the unused end of the ring. */
const GAP = -1;
/** The hash of an entry that is in no bucket any more; no key has it. */
const UNLINKED = 0;
/** No entry stands at the start, so that 0 can mean none. */
const FIRST = 8;

const BYTES_PER_BUCKET = 256;
/** A reader that meets the writer at work this often takes the answer for missing. */
const TRIES = 100;
/** More than will ever share a bucket; whoever reads while another writes may be led in a circle. */
const MAX_CHAIN = 64;
/** How many used entries get another turn for one that comes in. */
const SECOND_CHANCES = 4;

/** RFC 8767 section 5. */
const STALE_MAX_MS = 86_400_000;

/** Whether an expired answer is better than none. */
export function mayServeStale({ rcode, expiresAt }: CachedAnswer, now: number): boolean {
  return rcode !== RCODE.SERVFAIL && now < expiresAt + STALE_MAX_MS;
}

function openCache({ sequence, buckets, uses, entries }: SharedCache) {
  return {
    sequence: new Int32Array(sequence),
    buckets: new Int32Array(buckets),
    uses: new Uint8Array(uses),
    words: new Int32Array(entries),
    times: new Float64Array(entries),
    bytes: new Uint8Array(entries),
  };
}

export function createSharedCache(maxBytes: number): SharedCache {
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(maxBytes / BYTES_PER_BUCKET, 16)));
  return {
    sequence: new SharedArrayBuffer(4),
    buckets: new SharedArrayBuffer(buckets * 4),
    uses: new SharedArrayBuffer(buckets * 2),
    entries: new SharedArrayBuffer(FIRST + Math.floor(maxBytes / 8) * 8),
  };
}

export class CacheReader {
  readonly found = new CachedAnswer();
  protected readonly memory: ReturnType<typeof openCache>;
  private readonly fence = new Int32Array(new SharedArrayBuffer(4));

  constructor(shared: SharedCache) {
    this.memory = openCache(shared);
  }

  /** Whether there is an answer, expired or not; if so, it stands in `found`. Allocates only for long answers. */
  lookUp(query: Query): boolean {
    const hash = query.keyHash;
    const { sequence } = this.memory;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const before = Atomics.load(sequence, 0);
      if ((before & 1) !== 0) continue;
      const at = this.find(query.name, query.keyLength, hash);
      const isFound = at !== 0 && this.readEntry(at, this.found);
      // A store and then a load, which no processor moves what was read above behind.
      Atomics.store(this.fence, 0, 0);
      if (Atomics.load(sequence, 0) === before) return isFound;
    }
    return false;
  }

  /** `proven`: the source has shown that it receives what is sent to it. */
  countUse({ keyHash }: Query, proven: boolean): void {
    const at = this.bucketOf(keyHash) * 2;
    const { uses } = this.memory;
    uses[at] = 1;
    if (proven && uses[at + 1]! < 255) uses[at + 1]! += 1;
  }

  /** Whether sources that had proved themselves have used the answer so often; then their uses are counted anew. */
  claimRefresh({ keyHash }: Query, times: number): boolean {
    const at = this.bucketOf(keyHash) * 2 + 1;
    if (this.memory.uses[at]! < times) return false;
    this.memory.uses[at] = 0;
    return true;
  }

  protected bucketOf(hash: number): number {
    return hash & (this.memory.buckets.length - 1);
  }

  /** Where the entry of the key stands; 0: there is none. */
  protected find(key: Uint8Array, length: number, hash: number): number {
    const { words, buckets } = this.memory;
    let at = buckets[this.bucketOf(hash)]!;
    for (let steps = 0; at !== 0 && steps < MAX_CHAIN; steps++) {
      if (words[(at >> 2) + HASH] === hash && this.hasKey(at, key, length)) return at;
      at = words[(at >> 2) + NEXT]!;
    }
    return 0;
  }

  private hasKey(at: number, key: Uint8Array, length: number): boolean {
    const { words, bytes } = this.memory;
    if (words[(at >> 2) + KEY_LENGTH] !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[at + FIXED + i] !== key[i]) return false;
    return true;
  }

  /** False when the numbers cannot be right, because the writer is at work. */
  protected readEntry(at: number, found: CachedAnswer): boolean {
    const { words, times, bytes } = this.memory;
    const word = at >> 2;
    const time = at >> 3;
    found.rcode = words[word + ANSWER_RCODE]!;
    found.storedAt = times[time + STORED_AT]!;
    found.expiresAt = times[time + EXPIRES_AT]!;
    found.retryAt = times[time + RETRY_AT]!;
    found.ttl = (found.expiresAt - found.storedAt) / 1000;
    const length = words[word + LENGTH]!;
    const ttlCount = words[word + TTL_COUNT]!;
    const optionsLength = words[word + OPTIONS_LENGTH]!;
    const optionsAt = at + FIXED + words[word + KEY_LENGTH]!;
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

/** The one writer of a cache. */
export class AnswerCache extends CacheReader {
  private head = FIRST;
  private tail = FIRST;
  private count = 0;
  private used = 0;

  constructor(readonly shared: SharedCache) {
    super(shared);
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.used;
  }

  get size(): number {
    return this.count;
  }

  /** Keeps an answer for its lifetime from `now` on, and after that for as long as there is room. */
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

  /** The answer, expired or not, as a copy. */
  get(key: CacheKey): CachedAnswer | undefined {
    const at = this.entryOf(key);
    if (at === 0) return undefined;
    const answer = new CachedAnswer();
    this.readEntry(at, answer);
    return answer;
  }

  /** A refresh of the answer has failed; until `retryAt` nobody need try again. */
  noteFailure(key: CacheKey, retryAt: number): void {
    const at = this.entryOf(key);
    if (at !== 0) this.change(() => (this.memory.times[(at >> 3) + RETRY_AT] = retryAt));
  }

  private change(work: () => void): void {
    Atomics.add(this.memory.sequence, 0, 1);
    work();
    Atomics.add(this.memory.sequence, 0, 1);
  }

  private entryOf({ bytes, hash }: CacheKey): number {
    return this.find(bytes, bytes.length, hash);
  }

  /** Takes an entry out of its bucket; its bytes stay until their turn has come. */
  private unlink(gone: number): void {
    const { words, buckets } = this.memory;
    const next = words[(gone >> 2) + NEXT]!;
    const previous = words[(gone >> 2) + PREVIOUS]!;
    if (previous === 0) buckets[this.bucketOf(words[(gone >> 2) + HASH]!)] = next;
    else words[(previous >> 2) + NEXT] = next;
    if (next !== 0) words[(next >> 2) + PREVIOUS] = previous;
    words[(gone >> 2) + HASH] = UNLINKED;
    this.count -= 1;
  }

  /** Used entries that make way for this one are put into `spared`, as many as may. False when it fits nowhere. */
  private append(entry: Uint8Array, spared: Uint8Array[] | null = null): boolean {
    const { words, bytes, buckets } = this.memory;
    if (entry.length > bytes.length - FIRST) return false;
    while (!this.makeRoom(entry.length)) this.dropOldest(spared);
    const at = this.head;
    bytes.set(entry, at);
    const bucket = this.bucketOf(words[(at >> 2) + HASH]!);
    const next = buckets[bucket]!;
    words[(at >> 2) + NEXT] = next;
    words[(at >> 2) + PREVIOUS] = 0;
    if (next !== 0) words[(next >> 2) + PREVIOUS] = at;
    buckets[bucket] = at;
    this.head += entry.length;
    this.used += entry.length;
    this.count += 1;
    return true;
  }

  /** Whether so many bytes are free at `head`, which may have to begin anew at the start of the ring. */
  private makeRoom(size: number): boolean {
    const end = this.memory.bytes.length;
    if (this.used === 0) {
      this.head = FIRST;
      this.tail = FIRST;
    }
    const isBehindTail = this.head < this.tail || (this.head === this.tail && this.used > 0);
    if (isBehindTail) return this.tail - this.head >= size;
    if (end - this.head >= size) return true;
    if (end > this.head) this.writeGap(end - this.head);
    this.head = FIRST;
    return this.tail - this.head >= size;
  }

  private writeGap(size: number): void {
    const { words } = this.memory;
    words[(this.head >> 2) + SIZE] = size;
    words[(this.head >> 2) + NEXT] = GAP;
    this.used += size;
  }

  private dropOldest(spared: Uint8Array[] | null): void {
    const { words, bytes, uses } = this.memory;
    if (this.tail === bytes.length) this.tail = FIRST;
    const word = this.tail >> 2;
    const size = words[word + SIZE]!;
    if (words[word + NEXT] !== GAP && words[word + HASH] !== UNLINKED) {
      const use = this.bucketOf(words[word + HASH]!) * 2;
      if (spared !== null && spared.length < SECOND_CHANCES && uses[use] === 1) {
        uses[use] = 0;
        spared.push(bytes.slice(this.tail, this.tail + size));
      }
      this.unlink(this.tail);
    }
    this.tail += size;
    this.used -= size;
    if (this.tail === bytes.length) this.tail = FIRST;
  }
}

function encode({ bytes, hash }: CacheKey, answer: Answer, now: number): Uint8Array {
  const { message, length, rcode, ttlOffsets, ttlCount, ttl, options, optionsLength } = answer;
  const end = FIXED + bytes.length + optionsLength + ttlCount * 2 + length;
  const entry = new Uint8Array(Math.ceil(end / 8) * 8);
  const words = new Int32Array(entry.buffer);
  const times = new Float64Array(entry.buffer);
  words[SIZE] = entry.length;
  words[HASH] = hash;
  words[KEY_LENGTH] = bytes.length;
  words[LENGTH] = length;
  words[TTL_COUNT] = ttlCount;
  words[OPTIONS_LENGTH] = optionsLength;
  words[ANSWER_RCODE] = rcode;
  times[STORED_AT] = now;
  times[EXPIRES_AT] = now + ttl * 1000;
  entry.set(bytes, FIXED);
  let at = FIXED + bytes.length;
  entry.set(options.subarray(0, optionsLength), at);
  at += optionsLength;
  for (let i = 0; i < ttlCount; i++, at += 2) {
    entry[at] = ttlOffsets[i]! >> 8;
    entry[at + 1] = ttlOffsets[i]!;
  }
  entry.set(message.subarray(0, length), at);
  return entry;
}
