// Counts wrong update tokens per source, in memory alone: a source that has shown many is refused before any work of a store.
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/calendar.js';
import { MINUTE_MS } from '../../lib/durations.js';
import { type Address, userPrefix } from '../../lib/ip.js';

/** Different ones. A router that shows its old password again and again has one, and so locks no neighbour out. */
const WRONG_TOKENS = 20;
const WINDOW_MS = 10 * MINUTE_MS;

/** Then the oldest is forgotten: guessing 128 bits is hopeless, and the limit protects the store. */
const MOST_SOURCES = 10_000;

/** Of a token's digest; shorter than what V8 would keep the whole digest for. */
const KEPT_CHARACTERS = 12;

const UNKNOWN_SOURCE = 'unknown';

interface Count {
  readonly tokens: Set<string>;
  readonly ends: number;
}

export class WrongTokens {
  private readonly key = randomBytes(32).toString('base64url');
  /** By a digest of the source, in the order of their ends. */
  private readonly counts = new Map<string, Count>();

  constructor(private readonly clock: Clock = Date.now) {}

  /** The seconds for which the source is refused; 0: it may show a token. */
  secondsToWait(source: Address | null): number {
    const count = this.current(this.digestOf(source));
    return count === null || count.tokens.size < WRONG_TOKENS
      ? 0
      : Math.ceil((count.ends - this.clock()) / 1000);
  }

  /** Whether the source has shown this token before. `token`: its digest. */
  has(source: Address | null, token: string): boolean {
    return this.current(this.digestOf(source))?.tokens.has(token.slice(0, KEPT_CHARACTERS)) ?? false;
  }

  /** `token`: its digest, or the same text for all that have none. */
  add(source: Address | null, token: string): void {
    const digest = this.digestOf(source);
    const kept = token.slice(0, KEPT_CHARACTERS);
    const count = this.current(digest);
    if (count !== null) {
      count.tokens.add(kept);
      return;
    }
    if (this.counts.size >= MOST_SOURCES) this.counts.delete(this.counts.keys().next().value!);
    this.counts.set(digest, { tokens: new Set([kept]), ends: this.clock() + WINDOW_MS });
  }

  private current(digest: string): Count | null {
    const count = this.counts.get(digest);
    if (count === undefined) return null;
    if (count.ends > this.clock()) return count;
    this.counts.delete(digest);
    return null;
  }

  private digestOf(source: Address | null): string {
    const text = source === null ? UNKNOWN_SOURCE : userPrefix(source).text;
    return hash('sha256', `${this.key}/${text}`, 'base64url');
  }
}
