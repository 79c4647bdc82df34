// A rights request as the API shows it: anyone with only a reference sees days and statuses, and no text of the request.

import type { RightsRequest } from '../../schema/rights/rights-request.js';
import { acknowledgeDay, dueDay } from '../../services/policy/deadlines.js';
import type { Reference } from '../../services/rights/references.js';
import type { RightsDetails, RightsRequestRecord } from '../../services/rights/request-record.js';
import type { Services } from '../../services/services.js';
import { correctionView } from './rights-details.js';

/** `officer`: a data protection officer; `link`: anyone who has opened the mailed link. */
type Reader = 'owner' | 'officer' | 'link';

/** The other fields have resolvers. */
export function rightsRequestOf(
  { rights }: Pick<Services, 'rights'>,
  record: RightsRequestRecord,
  reader: Reader,
): RightsRequest {
  const law = rights.laws.law(record.law);
  const showsContent = reader !== 'link';
  const details: RightsDetails = showsContent ? rights.requests.details(record) : {};
  const appeal = showsContent ? rights.requests.appeal(record) : null;
  const { correction, objections = null, purposes = null, statement = null } = details;
  return {
    ...record,
    law,
    acknowledgeBy: acknowledgeDay(law, record.receivedOn),
    statement,
    correction: correctionView(correction),
    objections,
    purposes,
    answer: showsContent ? rights.requests.answer(record) : null,
    appealBy: showsContent ? rights.appeals.appealBy(record) : null,
    appealStatement: appeal?.statement ?? null,
    appealAnswer: appeal?.answer ?? null,
  };
}

/**
 * For anyone who has a reference: counted by the law of the country that they gave, so that nothing shows where the account's
 * owner lives; and an account that was closed looks like a request that was withdrawn.
 */
export function rightsRequestAsAsked(
  services: Services,
  record: RightsRequestRecord,
  { country, usState }: Reference,
): RightsRequest {
  const { laws } = services.rights;
  const law = laws.lawOf(country, usState);
  const { kind, receivedOn, pausedDays, extensionReason } = record;
  const extended = extensionReason !== null;
  const dueOn = record.dueOn === null ? null : dueDay(law, { kind, receivedOn, pausedDays, extended });
  const asked = { ...record, law: law.id, dueOn, status: statusAsAsked(record.status) };
  return { ...rightsRequestOf(services, asked, 'link'), asked: { country } };
}

export function statusAsAsked(status: RightsRequestRecord['status']): RightsRequestRecord['status'] {
  return status === 'erased' ? 'withdrawn' : status;
}
