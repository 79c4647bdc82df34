// The services of all capabilities, as resolvers and endpoints use them.

import type { AccountServices } from './account/services.js';
import type { ConsentServices } from './consent/services.js';
import type { ErasureServices } from './erasure/services.js';
import type { LiveServices } from './live/services.js';
import type { MarketingServices } from './marketing/services.js';
import type { MediaStreamerServices } from './media-streamer/services.js';
import type { NodeService } from './node.js';
import type { PolicyServices } from './policy/services.js';
import type { RightsServices } from './rights/services.js';
import type { SignInServices } from './sign-in/services.js';
import type { StaffServices } from './staff/services.js';
import type { UsageServices } from './usage/services.js';

export interface Services
  extends AccountServices,
    ConsentServices,
    ErasureServices,
    LiveServices,
    MarketingServices,
    MediaStreamerServices,
    PolicyServices,
    RightsServices,
    SignInServices,
    StaffServices,
    UsageServices {
  readonly nodes: NodeService;
}
