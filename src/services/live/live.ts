// What a viewer can subscribe to. A subscription ends with the session in which it began.
import type { AccountChanges } from '../../db/account-changes.js';
import type { NetworkService } from '../media-streamer/networks.js';
import { type NetworkView, networkView } from '../media-streamer/views.js';
import type { RightsRequestRecord } from '../rights/request-record.js';
import type { RightsSubmission } from '../rights/submission.js';
import type { SessionService } from '../sign-in/session.js';
import { openStates } from './states.js';

/** The subscriber, and the token of the session. */
export interface Watcher {
  readonly accountId: string;
  readonly token: string;
}

export class LiveService {
  private opened = 0;

  constructor(
    private readonly parts: {
      readonly changes: AccountChanges;
      readonly sessions: SessionService;
      readonly networks: NetworkService;
      readonly submission: RightsSubmission;
    },
  ) {}

  /** All of the account's networks, after each change. */
  networks(watcher: Watcher): Promise<AsyncIterableIterator<readonly NetworkView[]>> {
    const { networks } = this.parts;
    return this.watch(watcher, async () => {
      const list = await networks.list(watcher.accountId);
      // As views: states are compared as JSON, which leaves out what a Map holds.
      return new Map([['networks', list.map((network) => networkView(networks.catalogue(), network))]]);
    });
  }

  /** Each of the account's rights requests after it has changed. `id`: only that one; null for all. */
  rightsRequests(watcher: Watcher, id: string | null): Promise<AsyncIterableIterator<RightsRequestRecord>> {
    return this.watch(watcher, async () => {
      const requests = await this.parts.submission.ofAccount(watcher.accountId);
      return new Map(requests.filter((each) => id === null || each.id === id).map((each) => [each.id, each]));
    });
  }

  /** The number of subscriptions whose first state has been read. They miss no change after that. */
  get count(): number {
    return this.opened;
  }

  /** Ends every subscription. */
  end(): void {
    this.parts.changes.close();
  }

  private async watch<Item>(
    { accountId, token }: Watcher,
    read: () => Promise<ReadonlyMap<string, Item>>,
  ): Promise<AsyncIterableIterator<Item>> {
    const { changes, sessions } = this.parts;
    const life = { isOpen: false, hasEnded: false };
    const states = await openStates({
      isAllowed: async () => (await sessions.find(token))?.accountId === accountId,
      read,
      listen: (listener) => {
        const stop = changes.on(accountId, listener);
        return () => {
          stop();
          if (life.isOpen && !life.hasEnded) this.opened -= 1;
          life.hasEnded = true;
        };
      },
    });
    // The subscription may have ended while its first state was read.
    if (!life.hasEnded) {
      life.isOpen = true;
      this.opened += 1;
    }
    return states;
  }
}
