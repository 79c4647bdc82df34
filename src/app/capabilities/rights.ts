// Privacy rights: requests of people and of their agents, the work of data protection officers on them, and data exports.

import type { Networks } from '../../allowlist/networks.js';
import type { Database } from '../../db/database.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { serveDataExports } from '../../http/rights/data-exports.js';
import { serveRightsDocuments } from '../../http/rights/documents.js';
import { serveDrp } from '../../http/rights/drp.js';
import type { Clock } from '../../lib/calendar.js';
import { type OwnerLookup, withParts } from '../../mail/mail.js';
import type { Outbox } from '../../mail/outbox.js';
import type { PortalLink } from '../../mail/portal-link.js';
import { rightsRequestOf } from '../../resolvers/rights/rights-request-view.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { AgeService } from '../../services/account/age.js';
import type { ConsentService } from '../../services/consent/consent.js';
import type { DataInventory } from '../../services/data-inventory/data-inventory.js';
import { isStaff, withId } from '../../services/node.js';
import type { Authorities } from '../../services/policy/authorities.js';
import type { PrivacyLaws } from '../../services/policy/laws.js';
import type { ProcessorRegister } from '../../services/policy/processors.js';
import { RequestAgents } from '../../services/rights/agents.js';
import { RightsAppeals } from '../../services/rights/case-queue/appeals.js';
import { CaseQueue } from '../../services/rights/case-queue/case-queue.js';
import { CorrectionService } from '../../services/rights/case-queue/correction.js';
import { RightsConfirmation } from '../../services/rights/confirmation.js';
import { RightsDocuments } from '../../services/rights/documents.js';
import { AGENTS_TO_NOTIFY, DataRightsProtocol } from '../../services/rights/drp/drp.js';
import { DrpAgents } from '../../services/rights/drp/drp-agents.js';
import { startDrpCallbacks } from '../../services/rights/drp/drp-callbacks.js';
import {
  RequestExpiry,
  startRequestExpiry,
  UNOPENED_REQUESTS,
  UNPERMITTED_REQUESTS,
} from '../../services/rights/expiry.js';
import { DataExportBuilder } from '../../services/rights/export/data-export.js';
import type { Controller } from '../../services/rights/export/export-page.js';
import {
  ASKED_EXPORTS,
  OLD_EXPORTS,
  RightsExports,
  startExports,
} from '../../services/rights/export/exports.js';
import { Identification } from '../../services/rights/identification.js';
import { References } from '../../services/rights/references.js';
import { type RightsCounts, RightsReminders, startReminders } from '../../services/rights/reminders.js';
import { RightsRequests } from '../../services/rights/requests.js';
import { RestrictionService } from '../../services/rights/restriction.js';
import type { RightsServices } from '../../services/rights/services.js';
import { RightsSubmission } from '../../services/rights/submission.js';
import { RightsSwitches } from '../../services/rights/switches.js';
import type { EmailChangeService } from '../../services/sign-in/email-change.js';
import type { SecondFactors } from '../../services/sign-in/second-factors/second-factor.js';
import type { SessionService } from '../../services/sign-in/session.js';
import type { Capability } from '../capability.js';
import { RIGHTS_MAILS } from '../mails.js';

interface Parts {
  readonly database: Pick<Database, 'orm' | 'locks'>;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly throttle: Throttle;
  readonly networks: Networks;
  readonly ages: AgeService;
  readonly authorities: Authorities;
  readonly consent: ConsentService;
  readonly emailChange: EmailChangeService;
  readonly kept: DataInventory;
  readonly laws: PrivacyLaws;
  readonly processors: ProcessorRegister;
  readonly secondFactors: SecondFactors;
  readonly sessions: SessionService;
  /** The business as it stands in data exports. */
  readonly controller: Controller;
  /** Its id in the directory of the Data Rights Protocol. */
  readonly businessId: string;
  readonly ownerOf: OwnerLookup;
  readonly link: PortalLink;
  readonly portalUrl: string;
  readonly dpo: string;
  readonly production: boolean;
  readonly allowPrivateAddresses: boolean;
  /** Gets how many requests are open and overdue. */
  readonly setRightsRequests: (counts: RightsCounts) => void;
  readonly clock: Clock;
}

export function createRights(parts: Parts): Capability<RightsServices> {
  const { keyring, ownerOf, link, portalUrl, dpo, authorities, laws } = parts;
  const { sessions, allowPrivateAddresses, setRightsRequests } = parts;
  const { orm: database, locks } = parts.database;
  const rights = rightsServices(parts);
  const { drp, exports, expiry, references, reminders, requests, documents, submission } = rights;
  return {
    services: { rights, restriction: new RestrictionService(database) },
    jobs: [
      (watching) => startExports(exports, watching),
      (watching) => startRequestExpiry(expiry, watching),
      ({ log, observe, due }) => startDrpCallbacks({ log, observe, due, locks, drp, allowPrivateAddresses }),
      (watching) => startReminders(reminders, setRightsRequests, watching),
    ],
    dueWork: {
      exports: [OLD_EXPORTS, ASKED_EXPORTS],
      expiry: [UNOPENED_REQUESTS, UNPERMITTED_REQUESTS],
      callbacks: [AGENTS_TO_NOTIFY],
    },
    mails: withParts(RIGHTS_MAILS, {
      database,
      keyring,
      ownerOf,
      link,
      portalUrl,
      dpo,
      authorities,
      laws,
    }),
    routes: [
      (app) => serveDataExports(app, exports),
      (app) => serveRightsDocuments(app, { references, documents, sessions }),
      (app, log) => serveDrp(app, drp, log),
    ],
    nodes: [
      {
        type: 'RightsDocument',
        table: 'rights_request_document',
        find: async (id, viewer) => (isStaff(viewer, 'dpo') ? documents.find(id) : null),
      },
      {
        type: 'RightsRequest',
        table: 'rights_request',
        async find(id, viewer) {
          const request = isStaff(viewer, 'dpo')
            ? await requests.find(database.manager, id)
            : withId(id, await submission.ofAccount(viewer.accountId));
          // Owners and officers alike see all of it.
          return request === null ? null : rightsRequestOf({ rights }, request, 'owner');
        },
      },
    ],
  };
}

function rightsServices(parts: Parts): RightsServices['rights'] {
  const { keyring, outbox, throttle, networks, ages, authorities, consent, emailChange, kept, laws } = parts;
  const { processors, secondFactors, sessions, controller, businessId, portalUrl, clock } = parts;
  const { production, allowPrivateAddresses } = parts;
  const { orm: database, locks } = parts.database;
  const requests = new RightsRequests({ keyring, laws, outbox, clock });
  const agents = new RequestAgents({ keyring, outbox });
  const references = new References({ keyring, clock });
  const identification = new Identification({ keyring, laws, outbox, requests, clock });
  const submission = new RightsSubmission({
    database,
    ages,
    throttle,
    laws,
    agents,
    references,
    requests,
    identification,
    switches: new RightsSwitches(consent),
    clock,
  });
  const confirmation = new RightsConfirmation({
    database,
    keyring,
    throttle,
    agents,
    references,
    requests,
    identification,
    submission,
    secondFactors,
    clock,
  });
  const dataExport = new DataExportBuilder({
    database,
    keyring,
    kept,
    outbox,
    sessions,
    networks,
    processors,
    authorities,
    laws,
    controller,
    clock,
  });
  const appeals = new RightsAppeals({ database, laws, requests, submission, clock });
  const drpAgents = new DrpAgents({ database, keyring, production, allowPrivateAddresses });
  return {
    reader: database.manager,
    agents,
    appeals,
    authorities,
    confirmation,
    caseQueue: new CaseQueue({
      database,
      requests,
      laws,
      submission,
      identification,
      appeals,
      corrections: new CorrectionService({ emailChange, outbox, sessions }),
      clock,
    }),
    documents: new RightsDocuments({ database, confirmation, keyring, requests, throttle }),
    drp: new DataRightsProtocol({
      database,
      agents: drpAgents,
      keyring,
      laws,
      processors,
      requests,
      submission,
      businessId,
      portalUrl,
      clock,
    }),
    drpAgents,
    exports: new RightsExports({ database, keyring, locks, requests, dataExport, clock }),
    expiry: new RequestExpiry({ database, requests, clock }),
    laws,
    references,
    reminders: new RightsReminders({ database, laws, outbox, clock }),
    requests,
    submission,
  };
}
