// Live updates: GraphQL subscriptions to changes of an account.

import type { AccountChanges } from '../../db/account-changes.js';
import { LiveService } from '../../services/live/live.js';
import type { LiveServices } from '../../services/live/services.js';
import type { NetworkService } from '../../services/media-streamer/networks.js';
import type { RightsSubmission } from '../../services/rights/submission.js';
import type { SessionService } from '../../services/sign-in/session.js';
import type { Capability } from '../capability.js';

export function createLive(parts: {
  readonly changes: AccountChanges;
  readonly networks: NetworkService;
  readonly sessions: SessionService;
  readonly submission: RightsSubmission;
}): Capability<LiveServices> {
  return { services: { live: new LiveService(parts) } };
}
