// Counts wrong update tokens per source, in memory alone: a source that has shown many is refused before any work of a store.
import type { Clock } from '../../lib/calendar.js';
import { MINUTE_MS } from '../../lib/durations.js';
import { type Address, userPrefix } from '../../lib/ip.js';
import { SubjectMemory } from './subject-memory.js';

/** Different ones. A router that shows its old password again and again has one, and so locks no neighbour out. */
const WRONG_TOKENS = 20;
const WINDOW_MS = 10 * MINUTE_MS;

/** Of a token's digest; shorter than what V8 would keep the whole digest for. */
const KEPT_CHARACTERS = 12;

const UNKNOWN_SOURCE = 'unknown';

/** Beyond 10,000 sources the oldest is forgotten: guessing 128 bits is hopeless, and the limit protects the store. */
export class WrongTokens {
  private readonly shown: SubjectMemory<Set<string>>;

  constructor(private readonly clock: Clock = Date.now) {
    this.shown = new SubjectMemory(WINDOW_MS, clock);
  }

  /** The seconds for which the source is refused; 0: it may show a token. */
  secondsToWait(source: Address | null): number {
    const found = this.shown.find(textOf(source));
    if (found === null || found.value.size < WRONG_TOKENS) return 0;
    return Math.ceil((found.ends - this.clock()) / 1000);
  }

  /** Whether the source has shown this token before. `token`: its digest. */
  has(source: Address | null, token: string): boolean {
    return this.shown.find(textOf(source))?.value.has(token.slice(0, KEPT_CHARACTERS)) ?? false;
  }

  /** `token`: its digest, or the same text for all that have none. */
  add(source: Address | null, token: string): void {
    this.shown.find(textOf(source), () => new Set()).value.add(token.slice(0, KEPT_CHARACTERS));
  }
}

function textOf(source: Address | null): string {
  return source === null ? UNKNOWN_SOURCE : userPrefix(source).text;
}
