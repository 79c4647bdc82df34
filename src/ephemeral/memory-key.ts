// A key that is only ever in memory. What Redis remembers about people for minutes (attempts, used codes) stands under digests that
// are made with this key, so that nothing can be read from a copy of Redis.
import { createHmac, randomBytes } from 'node:crypto';
import { type Day, daysAfter, today } from '../lib/calendar.js';

const KEY_BYTES = 32;

/** What gateways exchange about the key. Times are in milliseconds since the epoch. */
export interface KeyState {
  /** In base64url. */
  readonly key: string;
  /** The UTC day whose key it is. */
  readonly day: Day;
  /** When the key was made. */
  readonly made: number;
  readonly since: number;
}

export class MemoryKey {
  private constructor(
    private key: Buffer,
    private day: Day,
    private readonly made: number,
    /** Since when all uses are recorded under this key; 0: without a gap. */
    readonly since: number,
  ) {}

  static random(now: number = Date.now()): MemoryKey {
    return new MemoryKey(randomBytes(KEY_BYTES), today(now), now, now);
  }

  static from({ key, day, made, since }: KeyState): MemoryKey {
    return new MemoryKey(Buffer.from(key, 'base64url'), day, made, since);
  }

  /** The same key, for a holder that has found no earlier use in Redis. */
  withoutGap(): MemoryKey {
    return MemoryKey.from({ ...this.state(), since: 0 });
  }

  state(): KeyState {
    const { key, day, made, since } = this;
    return { key: key.toString('base64url'), day, made, since };
  }

  /** HMAC-SHA-256 (RFC 2104) of the value under the key of the day, in base64url. It differs each day. */
  digest(value: string, now: number = Date.now()): string {
    this.advance(today(now));
    return digestUnder(this.key, value);
  }

  /**
   * The digests under which the value can be looked up within so many seconds: two shortly before midnight. So the key of
   * yesterday is never needed.
   */
  digests(value: string, seconds: number, now: number = Date.now()): string[] {
    this.advance(today(now));
    const last = today(now + seconds * 1000);
    const digests = [digestUnder(this.key, value)];
    for (let day = this.day, key = this.key; day < last; ) {
      day = daysAfter(day, 1);
      key = ratchet(key, day);
      digests.push(digestUnder(key, value));
    }
    return digests;
  }

  /** Derives the key of that day and destroys the current one, which cannot be derived from its successor. It never goes back. */
  advance(to: Day): void {
    while (this.day < to) {
      this.day = daysAfter(this.day, 1);
      const next = ratchet(this.key, this.day);
      this.key.fill(0);
      this.key = next;
    }
  }

  /**
   * Chooses between two keys of gateways of one installation: the older one, so that its records stay readable; of two that were
   * made at the same time, the smaller one. Both gateways come to the same result. `since`: that of the result, when the keys
   * differ.
   */
  merge(other: MemoryKey, since: number): MemoryKey {
    this.advance(other.day);
    other.advance(this.day);
    const order = this.made - other.made || this.key.compare(other.key);
    if (order === 0) return this;
    const { key, day, made } = order < 0 ? this : other;
    return new MemoryKey(Buffer.from(key), day, made, since);
  }
}

function digestUnder(key: Buffer, value: string): string {
  return createHmac('sha256', key).update(`value/${value}`).digest('base64url');
}

function ratchet(key: Buffer, day: Day): Buffer {
  return createHmac('sha256', key).update(`day/${day}`).digest();
}
