// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { HeavyUserService } from './heavy-users.js';
import type { StaffService } from './staff.js';
import type { StaffAccessService } from './staff-access.js';
import type { SupportUsageService } from './support-usage.js';

export interface StaffServices {
  readonly heavyUsers: HeavyUserService;
  readonly staff: StaffService;
  readonly staffAccess: StaffAccessService;
  readonly supportUsage: SupportUsageService;
}
