// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { AllowlistService } from './allowlist.js';
import type { NetworkService } from './networks.js';

export interface MediaStreamerServices {
  readonly allowlist: AllowlistService;
  readonly networks: NetworkService;
}
