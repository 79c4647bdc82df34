// Answers in memory, bounded in octets: the least recently used one goes first.
import type { Answer } from './answer.js';

export interface CacheEntry {
  readonly answer: Answer;
  /** Milliseconds on the cache's clock. */
  readonly storedAt: number;
  readonly expiresAt: number;
  /** How often it was served since it was stored. */
  hits: number;
  /** A refresh has failed: until then the stale answer is served without trying again. */
  retryAt: number;
}

/** What an entry costs beside its octets, roughly: the objects, the key's and the map's own share. */
const OVERHEAD = 400;

export class AnswerCache {
  /** In order of use, because a Map keeps the order of insertion. */
  private readonly entries = new Map<string, CacheEntry>();
  private used = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly now: () => number,
  ) {}

  /** Octets in use. */
  get bytes(): number {
    return this.used;
  }

  get size(): number {
    return this.entries.size;
  }

  /** The entry, expired or not. */
  get(key: string): CacheEntry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry;
  }

  /** Keeps the answer for its lifetime, and after that for as long as there is room. */
  set(key: string, answer: Answer): void {
    this.delete(key);
    const storedAt = this.now();
    const expiresAt = storedAt + answer.ttl * 1000;
    this.entries.set(key, { answer, storedAt, expiresAt, hits: 0, retryAt: 0 });
    this.used += cost(key, answer);
    for (const oldest of this.entries.keys()) {
      if (this.used <= this.maxBytes) return;
      this.delete(oldest);
    }
  }

  private delete(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.used -= cost(key, entry.answer);
  }
}

function cost(key: string, { message, ttlOffsets, options }: Answer): number {
  return OVERHEAD + key.length + message.length + ttlOffsets.byteLength + options.length;
}
