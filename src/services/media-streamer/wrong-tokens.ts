// Counts wrong update tokens per source, in memory alone: a source that has shown many is refused before any work of a store.
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/calendar.js';
import { MINUTE_MS } from '../../lib/durations.js';
import { type Address, userPrefix } from '../../lib/ip.js';

/** A household with an old password in two routers stays below it. */
const TRIES = 20;
const WINDOW_MS = 10 * MINUTE_MS;

/** Then the oldest is forgotten: guessing 128 bits is hopeless, and the limit protects the store. */
const MOST_SOURCES = 10_000;

const UNKNOWN_SOURCE = 'unknown';

interface Count {
  tries: number;
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
    return count === null || count.tries < TRIES ? 0 : Math.ceil((count.ends - this.clock()) / 1000);
  }

  count(source: Address | null): void {
    const digest = this.digestOf(source);
    const count = this.current(digest);
    if (count !== null) {
      count.tries += 1;
      return;
    }
    if (this.counts.size >= MOST_SOURCES) this.counts.delete(this.counts.keys().next().value!);
    this.counts.set(digest, { tries: 1, ends: this.clock() + WINDOW_MS });
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
