// Erasure: accounts that are closed, accounts that nobody uses, and what has been kept for long enough.

import type { Networks } from '../../allowlist/networks.js';
import type { Database } from '../../db/database.js';
import type { Clock } from '../../lib/calendar.js';
import { type OwnerLookup, withParts } from '../../mail/mail.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import { DUE_REPORTS, type MinorReports } from '../../services/account/minor-reports.js';
import { DUE_ERASURES, ErasureService, startErasures } from '../../services/erasure/erasure.js';
import { IdleAccounts, startIdleAccounts } from '../../services/erasure/idle-accounts.js';
import { RetentionService, startRetention } from '../../services/erasure/retention.js';
import type { ErasureServices } from '../../services/erasure/services.js';
import type { PrivacyLaws } from '../../services/policy/laws.js';
import type { ProcessorRegister } from '../../services/policy/processors.js';
import type { RightsRequests } from '../../services/rights/requests.js';
import type { SessionService } from '../../services/sign-in/session.js';
import type { Capability } from '../capability.js';
import { ERASURE_MAILS } from '../mails.js';

export function createErasure(parts: {
  readonly database: Pick<Database, 'orm' | 'bulk' | 'locks'>;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly networks: Networks;
  readonly minorReports: MinorReports;
  readonly laws: PrivacyLaws;
  readonly processors: ProcessorRegister;
  readonly requests: RightsRequests;
  readonly sessions: SessionService;
  readonly ownerOf: OwnerLookup;
  readonly portalUrl: string;
  readonly contact: string;
  readonly dpo: string;
  readonly idleMonths: number;
  readonly usageMonths: number;
  readonly clock: Clock;
}): Capability<ErasureServices> {
  const { keyring, outbox, networks, minorReports, laws, processors, requests, sessions } = parts;
  const { ownerOf, portalUrl, contact, dpo, idleMonths, usageMonths, clock } = parts;
  const { orm: database, bulk, locks } = parts.database;
  const erasure = new ErasureService({
    database,
    keyring,
    locks,
    minorReports,
    outbox,
    processors,
    requests,
    sessions,
    networks,
    clock,
  });
  const idleAccounts = new IdleAccounts({ database, erasure, outbox, idleMonths, clock });
  const retention = new RetentionService(bulk, usageMonths, laws);
  return {
    services: { erasure, idleAccounts },
    mails: withParts(ERASURE_MAILS, { database, ownerOf, portalUrl, contact, dpo, processors }),
    jobs: [
      (watching) => startErasures(erasure, watching),
      (watching) => startIdleAccounts(idleAccounts, watching),
      (watching) => startRetention(retention, watching),
    ],
    dueWork: { erasures: [DUE_ERASURES, DUE_REPORTS, 'erasure'] },
  };
}
