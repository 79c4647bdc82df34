// The services of this capability, as resolvers, endpoints and other capabilities see them.

import type { CampaignService } from './campaign.js';
import type { CampaignCounter } from './campaign-counter.js';
import type { ChannelService } from './channel.js';
import type { OpenTracking } from './open-tracking.js';
import type { UnsubscribeLinks } from './unsubscribe-links.js';

export interface MarketingServices {
  readonly campaign: CampaignService;
  readonly campaignCounter: CampaignCounter;
  readonly channel: ChannelService;
  readonly openTracking: OpenTracking;
  readonly unsubscribeLinks: UnsubscribeLinks;
}
