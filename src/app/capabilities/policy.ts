// The privacy policy: its versions, who has accepted which, the announcement of a new one, and the register of processors.

import type { Database } from '../../db/database.js';
import { type OwnerLookup, withParts } from '../../mail/mail.js';
import type { Outbox } from '../../mail/outbox.js';
import { type PolicyContacts, PolicyService } from '../../services/policy/policy.js';
import { type PolicyAnnouncer, startPolicyAnnouncer } from '../../services/policy/policy-announcer.js';
import type { LivePolicyVersions } from '../../services/policy/policy-versions.js';
import type { ProcessorRegister } from '../../services/policy/processors.js';
import type { PolicyServices } from '../../services/policy/services.js';
import type { SessionService } from '../../services/sign-in/session.js';
import type { Capability } from '../capability.js';
import { POLICY_MAILS } from '../mails.js';

export interface Policy extends Capability<PolicyServices> {
  /** Announces a version that was just loaded, if there is one, and does not wait for the next run of the job. */
  announce(): Promise<void>;
}

export function createPolicy(parts: {
  readonly database: Pick<Database, 'orm'>;
  readonly outbox: Outbox;
  readonly sessions: SessionService;
  readonly versions: LivePolicyVersions;
  readonly contacts: PolicyContacts;
  readonly processors: ProcessorRegister;
  readonly ownerOf: OwnerLookup;
  readonly portalUrl: string;
}): Policy {
  const { database, outbox, sessions, versions, contacts, processors, ownerOf, portalUrl } = parts;
  const policy = new PolicyService({ database: database.orm, sessions, outbox, versions, contacts });
  let announcer: PolicyAnnouncer | undefined;
  return {
    services: { policy, processors },
    mails: withParts(POLICY_MAILS, {
      ownerOf,
      portalUrl,
      version: (version) => policy.announced(version),
    }),
    jobs: [
      (watching) => {
        announcer = startPolicyAnnouncer(policy, watching);
        return announcer;
      },
    ],
    async announce() {
      await announcer?.announce();
    },
  };
}
