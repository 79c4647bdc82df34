// A key that no disk ever holds. What Redis has to remember for minutes about people (tries, spent codes) stands there
// under digests made with it, so that the append-only file tells nothing to whoever takes it.
import { createHmac, randomBytes } from 'node:crypto';
import { type Day, daysAfter, today } from '../lib/calendar.js';

const KEY_BYTES = 32;

/** What one gateway tells another of its key. Times are in milliseconds since the epoch. */
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
    /** From when on all that was spent is known under this key; 0: ever since. */
    readonly since: number,
  ) {}

  static random(now: number = Date.now()): MemoryKey {
    return new MemoryKey(randomBytes(KEY_BYTES), today(now), now, now);
  }

  static from({ key, day, made, since }: KeyState): MemoryKey {
    return new MemoryKey(Buffer.from(key, 'base64url'), day, made, since);
  }

  /** The same key, for a holder who has found out that nothing was spent before. */
  withoutGap(): MemoryKey {
    return MemoryKey.from({ ...this.state(), since: 0 });
  }

  state(): KeyState {
    const { key, day, made, since } = this;
    return { key: key.toString('base64url'), day, made, since };
  }

  /** HMAC-SHA-256 (RFC 2104) of the value under the day's key, in base64url: another one each day. */
  digest(value: string, now: number = Date.now()): string {
    this.advance(today(now));
    return digestUnder(this.key, value);
  }

  /**
   * The digests under which the value may be asked for within so many seconds: two of them shortly before midnight.
   * Yesterday's key is therefore never needed.
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

  /** Makes the key of that day of today's, which is gone then: nobody can make it of its successor. It never goes back. */
  advance(to: Day): void {
    while (this.day < to) {
      this.day = daysAfter(this.day, 1);
      const next = ratchet(this.key, this.day);
      this.key.fill(0);
      this.key = next;
    }
  }

  /**
   * Of two keys that gateways of one installation have: the older one, so that what it has counted stays known; of two
   * that were made at once, the smaller. Both gateways come to the same result. `since`: as that of the result, if they
   * were two.
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
