// Who waits for changes of which account, in this gateway. What passes between gateways and stores is a digest of the account's
// id, which tells nothing to whoever does not know the id: a random UUID.

import { hash } from 'node:crypto';
import { DAY_MS } from '../lib/durations.js';

/** The channel of Postgres; its messages are topics, as are those of the channel of Redis (`allowlist/keys.ts`). */
export const ACCOUNT_CHANGED = 'account_changed';

export function accountTopic(accountId: string): string {
  return hash('sha1', `account:${accountId}`);
}

/** More than a person's devices need; each keeps memory and is read for. */
const MOST_PER_ACCOUNT = 20;

/** The account has as many subscriptions as one may have. */
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

  /** Calls `changed` after each change that this gateway hears of, until the function that it returns is called. */
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

  tell(topic: string): void {
    for (const changed of this.listeners.get(topic) ?? []) changed();
  }

  /** After a store was away: something may have been missed. */
  tellAll(): void {
    for (const listeners of this.listeners.values()) for (const changed of listeners) changed();
  }

  /** Ends every subscription. */
  close(): void {
    clearTimeout(this.midnight);
    for (const closed of [...this.closing]) closed();
  }

  /** Sessions end by themselves at midnights (UTC), and nobody tells. */
  private awaitMidnight(): void {
    this.midnight = setTimeout(
      () => {
        this.tellAll();
        this.awaitMidnight();
      },
      DAY_MS - (Date.now() % DAY_MS) + 1000,
    ).unref();
  }
}
