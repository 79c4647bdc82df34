// Usage data: the reports of VPN nodes, what accounts see of theirs, and statistics that point at nobody.

import type { UsageConfig } from '../../config/gateway.js';
import type { Database } from '../../db/database.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import type { Keyring } from '../../secrets/keyring.js';
import { isStaff } from '../../services/node.js';
import { AppService } from '../../services/usage/apps.js';
import { startUsageClosing, UsageClosing } from '../../services/usage/day-closing.js';
import { UsageHandleService } from '../../services/usage/handles.js';
import type { Locations } from '../../services/usage/locations.js';
import { UsageReportService } from '../../services/usage/reports.js';
import { ServiceQualityService } from '../../services/usage/service-quality.js';
import type { UsageServices } from '../../services/usage/services.js';
import { StatisticsObjectionService } from '../../services/usage/statistics-objection.js';
import { UsageService } from '../../services/usage/usage.js';
import { VpnNodeService } from '../../services/usage/vpn-nodes.js';
import type { Capability } from '../capability.js';

export function createUsage(parts: {
  readonly database: Pick<Database, 'orm' | 'reads' | 'bulk'>;
  readonly keyring: Keyring;
  readonly throttle: Throttle;
  readonly locations: Locations;
  readonly usage: UsageConfig;
  /** Gets how many days should be closed and are not. */
  readonly setOverdueDays: (count: number) => void;
}): Capability<UsageServices> {
  const { keyring, throttle, locations, usage, setOverdueDays } = parts;
  const { orm: database, reads, bulk } = parts.database;
  const vpnNodes = new VpnNodeService({ database, keyring, locations });
  const closing = new UsageClosing(bulk, usage.openDays);
  return {
    services: {
      apps: new AppService(database),
      serviceQuality: new ServiceQualityService(database, locations),
      statisticsObjection: new StatisticsObjectionService(database, bulk),
      usage: new UsageService({ reads, usage, locations }),
      usageHandles: new UsageHandleService(database, throttle),
      usageReports: new UsageReportService({ usagePool: bulk, keyring, usage }),
      vpnNodes,
    },
    jobs: [(watching) => startUsageClosing(closing, setOverdueDays, watching)],
    nodes: [
      {
        type: 'VpnNode',
        table: 'vpn_node',
        find: async (id, viewer) => (isStaff(viewer, 'admin') ? vpnNodes.byId(id) : null),
      },
    ],
  };
}
