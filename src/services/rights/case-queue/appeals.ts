// Appeals of denials, where the law gives one: by the person, once, within its days. The officer who decides it either lets the
// denial stand, with a reason, or grants what was asked.
import type { DataSource, EntityManager } from 'typeorm';
import type { AppealOutcome } from '../../../entities/rights/rights-request.js';
import { requiredTextError, written } from '../../../input/text.js';
import { done, type Outcome, refused, type UserError } from '../../../input/user-error.js';
import type { Clock, Day } from '../../../lib/calendar.js';
import { endOf } from '../../policy/deadlines.js';
import type { PrivacyLaws } from '../../policy/laws.js';
import { dayOfReceipt } from '../../policy/local-days.js';
import type { RightsRequestRecord } from '../request-record.js';
import type { RightsRequests } from '../requests.js';
import { type RightsSubmission, unlessOpen } from '../submission.js';

const MAX_CHARACTERS = 4000;

export class RightsAppeals {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly laws: PrivacyLaws;
      readonly requests: RightsRequests;
      readonly submission: Pick<RightsSubmission, 'established'>;
      readonly clock: Clock;
    },
  ) {}

  /** The last day on which a denial can be appealed; null when it cannot be. */
  appealBy({ law, status, closedOn, appealOutcome, accountId }: RightsRequestRecord): Day | null {
    const { appeal } = this.parts.laws.law(law);
    const open = status === 'denied' && appealOutcome === null && accountId !== null;
    return appeal === null || !open || closedOn === null ? null : endOf(appeal.within, closedOn);
  }

  /** By whose request it is. */
  async appeal(id: string, accountId: string, text: string): Promise<Outcome<RightsRequestRecord>> {
    const { database, laws, requests, clock } = this.parts;
    const statement = written(text);
    const userError = textError(statement, 'statement');
    if (userError !== null || statement === null)
      return refused(userError ?? { field: 'statement', code: 'TEXT_REQUIRED' });
    const outcome = await unlessOpen<Outcome<RightsRequestRecord>>(database, async (manager) => {
      const request = await requests.lock(manager, id);
      if (request?.accountId !== accountId) return refused({ field: 'id', code: 'UNKNOWN_REQUEST' });
      const appealBy = this.appealBy(request);
      if (appealBy === null) return refused({ field: null, code: 'NO_APPEAL' });
      if (dayOfReceipt(laws.law(request.law), clock()) > appealBy) {
        return refused({ field: null, code: 'TOO_LATE_TO_APPEAL' });
      }
      const appealed = await requests.advance(manager, id, 'appealed', { appeal: { statement } });
      return appealed === null ? refused({ field: null, code: 'REQUEST_MOVED_ON' }) : done(appealed);
    });
    return outcome.ok ? outcome.value : outcome;
  }

  /** In the transaction of the officer who has taken the request. A user error when it cannot be done. */
  async decide(
    manager: EntityManager,
    request: RightsRequestRecord,
    outcome: AppealOutcome,
    text: string,
  ): Promise<UserError | null> {
    const { requests, submission } = this.parts;
    const answer = written(text);
    const userError = textError(answer, 'answer');
    if (userError !== null || answer === null) return userError ?? { field: 'answer', code: 'TEXT_REQUIRED' };
    const { id, status, accountId, verification } = request;
    if (status !== 'appealed' || accountId === null) return { field: null, code: 'REQUEST_MOVED_ON' };
    await requests.settleAppeal(manager, request, outcome, answer);
    if (outcome === 'upheld') {
      await requests.advance(manager, id, 'denied');
      return null;
    }
    await submission.established(manager, id, accountId, verification ?? 'recorded-document');
    return null;
  }
}

/** It may have lines. */
function textError(text: string | null, field: string): UserError | null {
  return requiredTextError(text?.replace(/[\r\n\t]/g, ' ') ?? null, field, MAX_CHARACTERS);
}
