// The services of all capabilities, as resolvers and endpoints use them.
import type { NodeService } from '../services/node.js';
import type { AccountServices } from './capabilities/account.js';
import type { ConsentServices } from './capabilities/consent.js';
import type { ErasureServices } from './capabilities/erasure.js';
import type { LiveServices } from './capabilities/live.js';
import type { MarketingServices } from './capabilities/marketing.js';
import type { MediaStreamerServices } from './capabilities/media-streamer.js';
import type { PolicyServices } from './capabilities/policy.js';
import type { RightsServices } from './capabilities/rights.js';
import type { SignInServices } from './capabilities/sign-in.js';
import type { StaffServices } from './capabilities/staff.js';
import type { UsageServices } from './capabilities/usage.js';

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
