// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { ErasureService } from './erasure.js';
import type { IdleAccounts } from './idle-accounts.js';

export interface ErasureServices {
  readonly erasure: ErasureService;
  readonly idleAccounts: IdleAccounts;
}
