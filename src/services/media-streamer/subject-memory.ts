// What is known of accounts or sources for a while, in memory alone: for limits that protect the stores, and so must not write to one.
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/calendar.js';

/** Then the oldest is forgotten. */
const MOST_SUBJECTS = 10_000;

interface Remembered<Value> {
  readonly value: Value;
  /** Milliseconds since the epoch. */
  readonly ends: number;
}

/** Of each gateway by itself. */
export class SubjectMemory<Value> {
  private readonly key = randomBytes(32).toString('base64url');
  /** By a digest of the subject, in the order of their ends. */
  private readonly remembered = new Map<string, Remembered<Value>>();

  /** `windowMs`: how long a value is remembered, in milliseconds. */
  constructor(
    private readonly windowMs: number,
    private readonly clock: Clock,
  ) {}

  /** `start` makes the value when none is remembered; without it the result is null then. */
  find(subject: string): Remembered<Value> | null;
  find(subject: string, start: () => Value): Remembered<Value>;
  find(subject: string, start?: () => Value): Remembered<Value> | null {
    const { remembered } = this;
    const digest = hash('sha256', `${this.key}/${subject}`, 'base64url');
    const found = remembered.get(digest);
    const now = this.clock();
    if (found !== undefined && found.ends > now) return found;
    remembered.delete(digest);
    if (start === undefined) return null;
    if (remembered.size >= MOST_SUBJECTS) remembered.delete(remembered.keys().next().value!);
    const fresh = { value: start(), ends: now + this.windowMs };
    remembered.set(digest, fresh);
    return fresh;
  }
}
