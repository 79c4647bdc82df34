// A rights request as the API shows it: whoever only has a reference sees days and statuses, and nothing that was said.
import type { RightsRequest } from '../schema/rights-request.js';
import { acknowledgeDay } from '../services/rights/deadlines.js';
import type { RightsDetails, RightsRequestRecord } from '../services/rights/requests.js';
import type { Services } from '../services/services.js';

/** `desk`: the data protection officer's. */
type Reader = 'owner' | 'desk' | 'stranger';

/** Its other fields have resolvers. */
export function rightsRequestOf(
  { rights }: Services,
  record: RightsRequestRecord,
  reader: Reader,
): RightsRequest {
  const law = rights.laws.law(record.law);
  const told = reader !== 'stranger';
  const details: RightsDetails = told ? rights.requests.details(record) : {};
  const { correction = null, objections = null, purposes = null, statement = null } = details;
  return {
    ...record,
    law,
    acknowledgeBy: acknowledgeDay(law, record.receivedOn),
    statement,
    correction,
    objections,
    purposes,
    answer: told ? rights.requests.answer(record) : null,
  };
}
