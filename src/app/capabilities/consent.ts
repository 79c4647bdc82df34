// Consent: what each account has agreed to, and has withdrawn.

import type { Database } from '../../db/database.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { ConsentService } from '../../services/consent/consent.js';
import type { ConsentServices } from '../../services/consent/services.js';
import type { ProcessorRegister } from '../../services/policy/processors.js';
import type { Capability } from '../capability.js';

export function createConsent(parts: {
  readonly database: Pick<Database, 'orm'>;
  readonly throttle: Pick<Throttle, 'allows'>;
  readonly processors: ProcessorRegister;
  readonly optOutCountries: readonly string[];
  /** The current version of the privacy policy. */
  readonly policyVersion: () => string;
}): Capability<ConsentServices> {
  const { database, throttle, processors, optOutCountries, policyVersion } = parts;
  return {
    services: {
      consent: new ConsentService(database.orm, throttle, {
        optOutCountries,
        processors: processors.processors.filter(({ consent }) => consent !== null).map(({ id }) => id),
        policyVersion,
      }),
    },
  };
}
