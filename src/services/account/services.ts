// The services of this capability, as resolvers, endpoints and other capabilities see them.

import type { AccountService } from './account.js';
import type { AccountUseService } from './account-use.js';
import type { AgeService } from './age.js';
import type { BillingService } from './billing.js';
import type { MinorReports } from './minor-reports.js';
import type { ProfileService } from './profile.js';
import type { ReceiptService } from './receipt.js';

export interface AccountServices {
  readonly account: AccountService;
  readonly accountUse: AccountUseService;
  readonly age: AgeService;
  readonly billing: BillingService;
  readonly minorReports: MinorReports;
  readonly profile: ProfileService;
  readonly receipt: ReceiptService;
}
