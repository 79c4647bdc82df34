// Counts what somebody does in an hour, in memory alone: for limits that protect the stores, and so must not write to one.
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/calendar.js';
import { HOUR_MS } from '../../lib/durations.js';

/** Then the oldest is forgotten. */
const MOST_SUBJECTS = 10_000;

interface Count {
  times: number;
  readonly ends: number;
}

/** Of each gateway by itself. */
export class HourlyLimit {
  private readonly key = randomBytes(32).toString('base64url');
  /** By a digest of the subject, in the order of their ends. */
  private readonly counts = new Map<string, Count>();

  /** `most`: times in an hour. */
  constructor(
    private readonly most: number,
    private readonly clock: Clock,
  ) {}

  /** Counts one more time, before the work is done. False: there were too many. `subject`: an account, or a source. */
  allows(subject: string): boolean {
    const digest = hash('sha256', `${this.key}/${subject}`, 'base64url');
    const now = this.clock();
    const count = this.counts.get(digest);
    if (count !== undefined && count.ends > now) {
      count.times += 1;
      return count.times <= this.most;
    }
    this.counts.delete(digest);
    if (this.counts.size >= MOST_SUBJECTS) this.counts.delete(this.counts.keys().next().value!);
    this.counts.set(digest, { times: 1, ends: now + HOUR_MS });
    return true;
  }
}
