// The data protection officers' case queue: requests by last day, taking a request, and deciding it. Only the officer who has
// taken a request decides it.
import type { DataSource, EntityManager } from 'typeorm';
import { placeBy, readPage } from '../../../db/page.js';
import type {
  AppealOutcome,
  DenialReason,
  ExtensionReason,
  RightsRequestStatus,
  Verification,
} from '../../../entities/rights/rights-request.js';
import { isUserError } from '../../../input/listing.js';
import { requiredTextError, textError, written } from '../../../input/text.js';
import { done, type Outcome, refused, type UserError } from '../../../input/user-error.js';
import type { Clock } from '../../../lib/calendar.js';
import type { Page, PageRequest } from '../../../lib/pages.js';
import { isUuid } from '../../../lib/uuid.js';
import { dueDay } from '../../policy/deadlines.js';
import type { PrivacyLaws } from '../../policy/laws.js';
import { latestDay } from '../../policy/local-days.js';
import type { Identification } from '../identification.js';
import type { RightsRequestRecord } from '../request-record.js';
import type { RightsRequests } from '../requests.js';
import type { RightsSubmission } from '../submission.js';
import type { RightsAppeals } from './appeals.js';
import type { CorrectionService } from './correction.js';
import { Refusal, userErrorOf } from './refusal.js';

const MAX_ANSWER_CHARACTERS = 4000;

/** Reasons that are about a permission, and so only fit an agent's request. */
const ABOUT_PERMISSIONS: readonly DenialReason[] = [
  'permission-missing',
  'permission-unsigned',
  'permission-expired',
  'permission-forged',
];

export interface Officer {
  /** Id. */
  readonly accountId: string;
  readonly email: string;
}

/** A request, and the officer who acts on it. */
interface Act {
  readonly id: string;
  readonly officerId: string;
}

export class CaseQueue {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly requests: RightsRequests;
      readonly laws: PrivacyLaws;
      readonly submission: RightsSubmission;
      readonly identification: Identification;
      readonly appeals: RightsAppeals;
      readonly corrections: CorrectionService;
      readonly clock: Clock;
    },
  ) {}

  /** By last day, those whose clock stands still last. `status`: null for all that are open. Throws InvalidCursor. */
  async queue(request: PageRequest, status: RightsRequestStatus | null): Promise<Page<RightsRequestRecord>> {
    const { database, requests } = this.parts;
    const page = await readPage<{ id: string }>(
      database,
      {
        name: 'rights-requests',
        sql: `SELECT id, ${placeBy("coalesce(due_on::text, 'none')", 'received_on', 'id')}
          FROM rights_request WHERE ${status === null ? 'closed_on IS NULL' : 'status = $1'}`,
        values: status === null ? [] : [status],
      },
      request,
    );
    const found = await Promise.all(
      page.entries.map(async ({ value: { id }, cursor }) => {
        const value = await requests.find(database.manager, id);
        return value === null ? [] : [{ value, cursor }];
      }),
    );
    return { ...page, entries: found.flat() };
  }

  /** Whom a request is about, and who asks for them. */
  async about(request: RightsRequestRecord): Promise<{ email: string | null; agent: string | null }> {
    const { database, identification } = this.parts;
    return {
      email: await identification.emailOf(database.manager, request),
      agent: await identification.agentOf(database.manager, request.id),
    };
  }

  /** Who answers for a request; null when nobody does. */
  officerOf({ handlerId }: RightsRequestRecord): Promise<Officer | null> {
    return this.officer(handlerId);
  }

  /** Who has entered a request that came by mail or by telephone; null for other requests, and when their account is gone. */
  enteredBy({ enteredById }: RightsRequestRecord): Promise<Officer | null> {
    return this.officer(enteredById);
  }

  /** Of two at once, one gets it. */
  async take({ id, officerId }: Act): Promise<Outcome<RightsRequestRecord>> {
    return this.change(id, async (manager, request) => {
      if (request.closedOn !== null) return { field: null, code: 'REQUEST_MOVED_ON' };
      if (request.handlerId !== null && request.handlerId !== officerId) {
        return { field: null, code: 'REQUEST_TAKEN' };
      }
      await manager.query('UPDATE rights_request SET handler_id = $2 WHERE id = $1', [id, officerId]);
      return null;
    });
  }

  /** Nobody answers for it any more. */
  async release(act: Act): Promise<Outcome<RightsRequestRecord>> {
    return this.decide(act, async (manager, { id, closedOn }) => {
      if (closedOn !== null) return { field: null, code: 'REQUEST_MOVED_ON' };
      await manager.query('UPDATE rights_request SET handler_id = NULL WHERE id = $1', [id]);
      return null;
    });
  }

  /**
   * Another officer answers for it from now on. `currentOfficerId`: who has it as the caller has read it, null for nobody; when that is not
   * so any more, nothing changes.
   */
  async assign(
    id: string,
    { officerId, currentOfficerId }: { readonly officerId: string; readonly currentOfficerId: string | null },
  ): Promise<Outcome<RightsRequestRecord>> {
    return this.change(id, async (manager, request) => {
      if (request.closedOn !== null) return { field: null, code: 'REQUEST_MOVED_ON' };
      if (request.handlerId !== currentOfficerId) return { field: 'currentOfficerId', code: 'CONFLICT' };
      // Anyone who takes the officer's role away waits, and then releases this request, too.
      const [found] = isUuid(officerId)
        ? await manager.query<unknown[]>("SELECT FROM account WHERE id = $1 AND role = 'dpo' FOR SHARE", [
            officerId,
          ])
        : [];
      if (found === undefined) return { field: 'officerId', code: 'UNKNOWN_OFFICER' };
      await manager.query('UPDATE rights_request SET handler_id = $2 WHERE id = $1', [id, officerId]);
      return null;
    });
  }

  /** How it was shown that the person asks, when no link was opened: by the officer who has seen it. */
  async verify(act: Act, verification: Verification): Promise<Outcome<RightsRequestRecord>> {
    const { identification, submission } = this.parts;
    return this.decide(act, async (manager, request) => {
      const waits = ['submitted', 'identity-required'].includes(request.status);
      const accountId = waits ? await identification.accountOf(manager, request.id) : null;
      if (!waits) return { field: null, code: 'REQUEST_MOVED_ON' };
      if (accountId === null) return { field: null, code: 'NO_SUCH_PERSON' };
      await submission.established(manager, request.id, accountId, verification);
      return null;
    });
  }

  /** Once, until the first last day, with the reason (GDPR, Article 12(3)). */
  async extend(act: Act, extensionReason: ExtensionReason): Promise<Outcome<RightsRequestRecord>> {
    const { laws, clock } = this.parts;
    return this.decide(act, async (manager, request) => {
      const law = laws.law(request.law);
      const { kind, receivedOn, pausedDays } = request;
      const firstLastDay = dueDay(law, { kind, receivedOn, pausedDays, extended: false });
      const longer = dueDay(law, { kind, receivedOn, pausedDays, extended: true }) > firstLastDay;
      if (!longer || latestDay(law, clock()) > firstLastDay)
        return { field: null, code: 'TOO_LATE_TO_EXTEND' };
      return this.end(manager, request, 'extended', { extensionReason });
    });
  }

  /** A complaint is answered, a correction is carried out; what the system does by itself is not done by hand. */
  async fulfil(act: Act, answer: string | null): Promise<Outcome<RightsRequestRecord>> {
    const { corrections, requests } = this.parts;
    const text = written(answer);
    return this.decide(act, async (manager, request) => {
      const check = request.kind === 'complaint' ? requiredTextError : textError;
      const userError = check(text?.replace(/[\r\n\t]/g, ' ') ?? null, 'answer', MAX_ANSWER_CHARACTERS);
      if (userError !== null) return userError;
      if (request.kind !== 'complaint' && request.kind !== 'correction') {
        return { field: null, code: 'DONE_BY_ITSELF' };
      }
      const { correction } = requests.details(request);
      if (correction !== undefined && request.accountId !== null) {
        const refusal = await corrections.carryOut(manager, request.accountId, correction);
        if (refusal !== null) return refusal;
      }
      return this.end(manager, request, 'fulfilled', text === null ? {} : { answer: text });
    });
  }

  async deny(
    act: Act,
    denialReason: DenialReason,
    answer: string | null,
  ): Promise<Outcome<RightsRequestRecord>> {
    const text = written(answer);
    return this.decide(act, async (manager, request) => {
      const userError = [
        textError(text?.replace(/[\r\n\t]/g, ' ') ?? null, 'answer', MAX_ANSWER_CHARACTERS),
        request.status === 'appealed' ? ({ field: null, code: 'APPEAL_OPEN' } as const) : null,
        await this.reasonError(manager, request, denialReason),
      ].find(isUserError);
      if (userError !== undefined) return userError;
      return this.end(manager, request, 'denied', { denialReason, ...(text !== null && { answer: text }) });
    });
  }

  /** Lets a denial stand, or grants what was asked after all; with a reason for the person. */
  async answerAppeal(
    act: Act,
    outcome: AppealOutcome,
    answer: string,
  ): Promise<Outcome<RightsRequestRecord>> {
    return this.decide(act, (manager, request) =>
      this.parts.appeals.decide(manager, request, outcome, answer),
    );
  }

  private async officer(id: string | null): Promise<Officer | null> {
    if (id === null) return null;
    const [officer] = await this.parts.database.query<Officer[]>(
      'SELECT id AS "accountId", email FROM account WHERE id = $1',
      [id],
    );
    return officer ?? null;
  }

  /** "No data found" needs a verified identity: to anyone else it would reveal who has no account. */
  private async reasonError(
    manager: EntityManager,
    { id, verification }: RightsRequestRecord,
    reason: DenialReason,
  ): Promise<UserError | null> {
    const unfit = { field: 'reason', code: 'REASON_DOES_NOT_FIT' } as const;
    if (reason === 'no-data-found' && verification === null) return unfit;
    if (!ABOUT_PERMISSIONS.includes(reason)) return null;
    const [agent] = await manager.query<unknown[]>('SELECT FROM rights_request_agent WHERE request_id = $1', [
      id,
    ]);
    return agent === undefined ? unfit : null;
  }

  private async end(
    manager: EntityManager,
    { id }: RightsRequestRecord,
    to: RightsRequestStatus,
    change: Parameters<RightsRequests['advance']>[3],
  ): Promise<UserError | null> {
    const advanced = await this.parts.requests.advance(manager, id, to, change);
    return advanced === null ? { field: null, code: 'REQUEST_MOVED_ON' } : null;
  }

  /** Only the officer who has taken the request may do this. */
  private decide(
    { id, officerId }: Act,
    work: (manager: EntityManager, request: RightsRequestRecord) => Promise<UserError | null>,
  ): Promise<Outcome<RightsRequestRecord>> {
    return this.change(id, async (manager, request) =>
      request.handlerId === officerId ? work(manager, request) : { field: null, code: 'REQUEST_NOT_TAKEN' },
    );
  }

  private async change(
    id: string,
    work: (manager: EntityManager, request: RightsRequestRecord) => Promise<UserError | null>,
  ): Promise<Outcome<RightsRequestRecord>> {
    const { database, requests } = this.parts;
    try {
      return await database.transaction(async (manager) => {
        const request = await requests.lock(manager, id);
        if (request === null) throw new Refusal({ field: 'id', code: 'UNKNOWN_REQUEST' });
        const userError = await work(manager, request);
        if (userError !== null) throw new Refusal(userError);
        return done((await requests.find(manager, id))!);
      });
    } catch (error) {
      const userError = userErrorOf(error);
      if (userError === null) throw error;
      return refused(userError);
    }
  }
}
