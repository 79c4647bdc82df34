// Counts the changes of networks per account, in memory alone: each is work of the one store that all gateways have, and a new
// change for every dns-node.
import type { Clock } from '../../lib/calendar.js';
import { HOUR_MS } from '../../lib/durations.js';

/** In an hour, at each gateway. A person who chooses a region for every service stays far below it. */
const CHANGES = 600;

/** Then the oldest is forgotten. */
const MOST_ACCOUNTS = 10_000;

interface Count {
  changes: number;
  readonly ends: number;
}

export class ChangeLimit {
  /** By account, in the order of their ends. */
  private readonly counts = new Map<string, Count>();

  constructor(private readonly clock: Clock) {}

  /** Counts a change, before it is made. False: there were too many. */
  allows(accountId: string): boolean {
    const now = this.clock();
    const count = this.counts.get(accountId);
    if (count !== undefined && count.ends > now) {
      count.changes += 1;
      return count.changes <= CHANGES;
    }
    this.counts.delete(accountId);
    if (this.counts.size >= MOST_ACCOUNTS) this.counts.delete(this.counts.keys().next().value!);
    this.counts.set(accountId, { changes: 1, ends: now + HOUR_MS });
    return true;
  }
}
