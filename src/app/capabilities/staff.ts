// Staff: who has which role, and what staff see of customers: support access is audited.

import type { UsageConfig } from '../../config/gateway.js';
import type { Database } from '../../db/database.js';
import type { AccountService } from '../../services/account/account.js';
import type { ErasureService } from '../../services/erasure/erasure.js';
import type { RestrictionService } from '../../services/rights/restriction.js';
import type { SessionService } from '../../services/sign-in/session.js';
import { HeavyUserService } from '../../services/staff/heavy-users.js';
import type { StaffServices } from '../../services/staff/services.js';
import { StaffService } from '../../services/staff/staff.js';
import { StaffAccessService } from '../../services/staff/staff-access.js';
import { SupportUsageService } from '../../services/staff/support-usage.js';
import type { AppService } from '../../services/usage/apps.js';
import type { StatisticsObjectionService } from '../../services/usage/statistics-objection.js';
import type { UsageService } from '../../services/usage/usage.js';
import type { Capability } from '../capability.js';

export function createStaff(parts: {
  readonly database: Pick<Database, 'orm' | 'bulk'>;
  readonly accounts: AccountService;
  readonly apps: AppService;
  readonly erasure: ErasureService;
  readonly restriction: RestrictionService;
  readonly sessions: SessionService;
  readonly statisticsObjection: StatisticsObjectionService;
  readonly usage: UsageService;
  readonly usageConfig: UsageConfig;
}): Capability<StaffServices> {
  const { accounts, apps, erasure, restriction, sessions, statisticsObjection, usage, usageConfig } = parts;
  const { orm: database, bulk } = parts.database;
  const staffAccess = new StaffAccessService(database);
  return {
    services: {
      heavyUsers: new HeavyUserService({ usagePool: bulk, staffAccess, usage: usageConfig }),
      staff: new StaffService({ database, sessions, erasure }),
      staffAccess,
      supportUsage: new SupportUsageService({
        accounts,
        staffAccess,
        usage,
        apps,
        statisticsObjection,
        restriction,
      }),
    },
  };
}
