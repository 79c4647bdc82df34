// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { AppService } from './apps.js';
import type { UsageHandleService } from './handles.js';
import type { UsageReportService } from './reports.js';
import type { ServiceQualityService } from './service-quality.js';
import type { StatisticsObjectionService } from './statistics-objection.js';
import type { UsageService } from './usage.js';
import type { VpnNodeService } from './vpn-nodes.js';

export interface UsageServices {
  readonly apps: AppService;
  readonly serviceQuality: ServiceQualityService;
  readonly statisticsObjection: StatisticsObjectionService;
  readonly usage: UsageService;
  readonly usageHandles: UsageHandleService;
  readonly usageReports: UsageReportService;
  readonly vpnNodes: VpnNodeService;
}
