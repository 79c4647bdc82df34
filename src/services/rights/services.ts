// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { Database } from '../../db/database.js';
import type { Authorities } from '../policy/authorities.js';
import type { PrivacyLaws } from '../policy/laws.js';
import type { RequestAgents } from './agents.js';
import type { RightsAppeals } from './case-queue/appeals.js';
import type { CaseQueue } from './case-queue/case-queue.js';
import type { RightsConfirmation } from './confirmation.js';
import type { RightsDocuments } from './documents.js';
import type { DataRightsProtocol } from './drp/drp.js';
import type { DrpAgents } from './drp/drp-agents.js';
import type { RequestExpiry } from './expiry.js';
import type { RightsExports } from './export/exports.js';
import type { References } from './references.js';
import type { RightsReminders } from './reminders.js';
import type { RightsRequests } from './requests.js';
import type { RestrictionService } from './restriction.js';
import type { RightsSubmission } from './submission.js';

export interface RightsServices {
  readonly restriction: RestrictionService;
  readonly rights: {
    /** For reads outside a transaction. */
    readonly reader: Database['orm']['manager'];
    readonly agents: RequestAgents;
    readonly appeals: RightsAppeals;
    readonly authorities: Authorities;
    readonly confirmation: RightsConfirmation;
    readonly caseQueue: CaseQueue;
    readonly documents: RightsDocuments;
    readonly drp: DataRightsProtocol;
    readonly drpAgents: DrpAgents;
    readonly exports: RightsExports;
    readonly expiry: RequestExpiry;
    readonly laws: PrivacyLaws;
    readonly references: References;
    readonly reminders: RightsReminders;
    readonly requests: RightsRequests;
    readonly submission: RightsSubmission;
  };
}
