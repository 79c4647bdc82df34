// The subscriptions of this gateway to changes of accounts. Notifications between gateways and stores carry a digest of the
// account's id, a random UUID: it reveals nothing to anyone who does not know the id.
import { hash } from 'node:crypto';
import { DAY_MS } from '../lib/durations.js';

/** The channel of Postgres; its messages are topics, as are those of the channel of Redis (`allowlist/keys.ts`). */
export const ACCOUNT_CHANGED = 'account_changed';

export function accountTopic(accountId: string): string {
  return hash('sha1', `account:${accountId}`);
}

/** More than a person's devices need. Each subscription takes memory, and reads after each change. */
const MOST_PER_ACCOUNT = 20;

/** The account has the maximum number of subscriptions. */
export class TooManySubscriptions extends Error {
  override readonly name = 'TooManySubscriptions';
}

export class AccountChanges {
  private readonly listeners = new Map<string, Set<() => void>>();
  private midnight: NodeJS.Timeout | undefined;
  private readonly closing = new Set<() => void>();

  constructor() {
    this.awaitMidnight();
  }

  /** Calls `changed` after each change, and `closed` when the gateway stops, until the returned function is called. */
  on(accountId: string, { changed, closed }: { changed: () => void; closed: () => void }): () => void {
    const topic = accountTopic(accountId);
    const listeners = this.listeners.get(topic) ?? new Set();
    if (listeners.size >= MOST_PER_ACCOUNT) throw new TooManySubscriptions();
    this.listeners.set(topic, listeners.add(changed));
    this.closing.add(closed);
    return () => {
      listeners.delete(changed);
      this.closing.delete(closed);
      if (listeners.size === 0 && this.listeners.get(topic) === listeners) this.listeners.delete(topic);
    };
  }

  /** Reports a change of the account of this topic. */
  notify(topic: string): void {
    for (const changed of this.listeners.get(topic) ?? []) changed();
  }

  /** Reports a change to every subscription: after a store was away, changes may have been missed. */
  notifyAll(): void {
    for (const listeners of this.listeners.values()) for (const changed of listeners) changed();
  }

  /** Ends every subscription. */
  close(): void {
    clearTimeout(this.midnight);
    for (const closed of [...this.closing]) closed();
  }

  /** Sessions expire at midnight (UTC) without a notification. */
  private awaitMidnight(): void {
    this.midnight = setTimeout(
      () => {
        this.notifyAll();
        this.awaitMidnight();
      },
      DAY_MS - (Date.now() % DAY_MS) + 1000,
    ).unref();
  }
}
