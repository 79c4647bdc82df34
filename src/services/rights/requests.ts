// The register of rights requests: each change of status is one of those in `states.ts`, made once, written down by day with
// the clock of its law, and told to whom it concerns by the transaction that makes it.

import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { ACCOUNT_CHANGED, accountTopic } from '../../db/account-changes.js';
import type { ConsentPurpose } from '../../entities/consent/consent.js';
import type {
  AppealOutcome,
  DenialReason,
  EnteredChannel,
  ExtensionReason,
  RightsRequestChannel,
  RightsRequestKind,
  RightsRequestStatus,
  Verification,
} from '../../entities/rights/rights-request.js';
import { type Clock, type Day, daysFrom, today } from '../../lib/calendar.js';
import { isUuid } from '../../lib/uuid.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import { dayOfReceipt, dueDay, endOf } from '../policy/deadlines.js';
import type { PrivacyLaws } from '../policy/laws.js';
import { rightsAgentNewsMail } from './mails/rights-agent-news.js';
import { rightsLapsedMail } from './mails/rights-lapsed.js';
import { rightsRequestMail } from './mails/rights-request.js';
import { isEnd, NEXT } from './states.js';

/** What a correction is about, of what the person cannot change themselves. */
export type Correction =
  | { readonly field: 'email'; readonly value: string }
  /** The usage of one day, which is not the person's. */
  | { readonly field: 'usage'; readonly day: Day }
  | { readonly field: 'app'; readonly platform: string; readonly version: string };

/** Uses to which somebody can object (GDPR, Article 21). */
export type Objection = 'marketing' | 'statistics' | 'diagnostics' | 'sale-or-sharing';

/** What the person has asked beyond the kind. */
export interface RightsDetails {
  readonly correction?: Correction;
  readonly objections?: readonly Objection[];
  readonly purposes?: readonly ConsentPurpose[];
  /** In their own words. */
  readonly statement?: string;
}

export interface RightsRequestRecord {
  readonly id: string;
  /** Null until a link has shown whose it is, and when the account is gone. */
  readonly accountId: string | null;
  readonly kind: RightsRequestKind;
  readonly status: RightsRequestStatus;
  /** Id of a PrivacyLaw. */
  readonly law: string;
  readonly receivedOn: Day;
  /** Null while the clock stands still, and never moved after the end. */
  readonly dueOn: Day | null;
  readonly pausedOn: Day | null;
  readonly pausedDays: number;
  readonly closedOn: Day | null;
  readonly erasesOn: Day | null;
  readonly extensionReason: ExtensionReason | null;
  readonly denialReason: DenialReason | null;
  readonly verification: Verification | null;
  readonly handlerId: string | null;
  readonly sealedDetails: string | null;
  readonly sealedAnswer: string | null;
  readonly appealedOn: Day | null;
  readonly appealOutcome: AppealOutcome | null;
  readonly sealedAppeal: string | null;
  readonly channel: RightsRequestChannel;
  /** Account of the data protection officer who has entered it. */
  readonly enteredById: string | null;
}

export interface Appeal {
  readonly statement: string;
  /** Once it is decided. */
  readonly answer?: string;
}

export interface RightsRequestEvent {
  readonly status: RightsRequestStatus;
  readonly day: Day;
}

/** Of a request that came by mail or by telephone. */
export interface Entry {
  /** Account of the data protection officer who enters it. */
  readonly officerId: string;
  readonly channel: EnteredChannel;
  readonly receivedOn: Day;
}

export interface NewRightsRequest {
  readonly kind: RightsRequestKind;
  /** Id of a PrivacyLaw. */
  readonly law: string;
  readonly accountId: string | null;
  readonly verification: Verification | null;
  readonly details: RightsDetails;
  /** Absent: it has come online, now. */
  readonly entry?: Entry | undefined;
}

/** What changes beside the status. What is absent stays. */
export interface Change {
  readonly accountId?: string;
  readonly verification?: Verification;
  readonly handlerId?: string;
  readonly erasesOn?: Day;
  readonly extensionReason?: ExtensionReason;
  readonly denialReason?: DenialReason;
  readonly answer?: string;
  readonly appeal?: Appeal;
  /** Id of a PrivacyLaw: of the country in which the person turns out to live. */
  readonly law?: string;
  /** Whether the person gets no mail of it; agents are notified all the same. */
  readonly unmailed?: boolean;
  /** Whether a stranger's request causes it: the mail leaves a little later, so that its sending cannot be felt. */
  readonly byStranger?: boolean;
  /** Whether nobody is told: of a step on the way of one transaction, or when there is nobody left. */
  readonly silent?: boolean;
}

/** The columns of a RightsRequestRecord, of the table or alias `rights_request`. */
const RIGHTS_REQUEST_COLUMNS = `rights_request.id, rights_request.account_id AS "accountId", kind, status, law,
  received_on::text AS "receivedOn", due_on::text AS "dueOn", paused_on::text AS "pausedOn",
  paused_days AS "pausedDays", closed_on::text AS "closedOn", erases_on::text AS "erasesOn",
  extension_reason AS "extensionReason", denial_reason AS "denialReason", verification,
  handler_id AS "handlerId", sealed_details AS "sealedDetails", sealed_answer AS "sealedAnswer",
  appealed_on::text AS "appealedOn", appeal_outcome AS "appealOutcome", sealed_appeal AS "sealedAppeal",
  channel, entered_by AS "enteredById"`;

/** Statuses of which the person hears by mail; of the others they hear in the answer to what they did. */
const TOLD: readonly RightsRequestStatus[] = ['in-progress', 'extended', 'fulfilled', 'denied', 'appealed'];

export class RightsRequests {
  constructor(
    private readonly parts: {
      readonly keyring: Keyring;
      readonly laws: PrivacyLaws;
      readonly outbox: Outbox;
      readonly clock: Clock;
    },
  ) {}

  /** Writes down that a request has come; `submitted`, and nobody is told yet. */
  async create(manager: EntityManager, request: NewRightsRequest): Promise<RightsRequestRecord> {
    const id = randomUUID();
    const { kind, law: lawId, accountId, verification, details, entry } = request;
    const law = this.parts.laws.law(lawId);
    const receivedOn = entry?.receivedOn ?? dayOfReceipt(law, this.parts.clock());
    const clockwork = { kind, receivedOn, pausedDays: 0, extended: false };
    await manager.query(
      `INSERT INTO rights_request (id, account_id, kind, status, law, received_on, due_on, verification, sealed_details,
         channel, entered_by)
       VALUES ($1, $2, $3, 'submitted', $4, $5, $6, $7, $8, $9, $10)`,
      [
        id,
        accountId,
        kind,
        lawId,
        receivedOn,
        dueDay(law, clockwork),
        verification,
        this.sealed(id, details),
        entry?.channel ?? 'online',
        entry?.officerId ?? null,
      ],
    );
    await this.writeEvent(manager, id, 'submitted');
    await announce(manager, accountId);
    return (await this.find(manager, id))!;
  }

  /**
   * Makes the change when the request's status allows it, and null when it does not (any more), or there is no such
   * request. Of two at once, one waits for the other and finds what that one has made. At an end the request loses what
   * only its way there needed: the address that it was for, the documents and, when it is nobody's, what it asked.
   */
  async advance(
    manager: EntityManager,
    id: string,
    to: RightsRequestStatus,
    change: Change = {},
  ): Promise<RightsRequestRecord | null> {
    const before = await this.lock(manager, id);
    if (before === null || !NEXT[before.status].includes(to)) return null;
    // What is being erased cannot be taken back any more.
    if (to === 'withdrawn' && (await this.isErasing(manager, id))) return null;
    const { answer } = change;
    const sealedAnswer = answer === undefined ? null : this.parts.keyring.seal('rights-request', answer, id);
    await manager.query(
      `UPDATE rights_request SET status = $2, account_id = coalesce($3, account_id),
         verification = coalesce($4, verification), handler_id = coalesce($5, handler_id),
         erases_on = coalesce($6, erases_on), extension_reason = coalesce($7, extension_reason),
         denial_reason = coalesce($8, denial_reason), sealed_answer = coalesce($9, sealed_answer),
         law = coalesce($10, law)
       WHERE id = $1`,
      [
        id,
        to,
        change.accountId,
        change.verification,
        change.handlerId,
        change.erasesOn,
        change.extensionReason,
        change.denialReason,
        sealedAnswer,
        change.law,
      ],
    );
    if (change.appeal !== undefined) await this.openAppeal(manager, id, change.appeal);
    await this.setClock(manager, { ...before, law: change.law ?? before.law }, to);
    await this.writeEvent(manager, id, to);
    if (to === 'expired') await this.tellAddress(manager, before);
    if (isEnd(to)) await this.forgetTheWay(manager, id);
    if (change.silent !== true) await this.tell(manager, id, to, change);
    const after = await this.find(manager, id);
    await announce(manager, after?.accountId ?? null);
    return after;
  }

  async find(manager: Pick<EntityManager, 'query'>, id: string): Promise<RightsRequestRecord | null> {
    if (!isUuid(id)) return null;
    const [request] = await manager.query<RightsRequestRecord[]>(
      `SELECT ${RIGHTS_REQUEST_COLUMNS} FROM rights_request WHERE id = $1`,
      [id],
    );
    return request ?? null;
  }

  /** All of an account, and all that wait to be identified by its address; the newest first. */
  async ofPerson(
    manager: Pick<EntityManager, 'query'>,
    accountId: string,
    emailDigest: string,
  ): Promise<RightsRequestRecord[]> {
    return manager.query<RightsRequestRecord[]>(
      `SELECT ${RIGHTS_REQUEST_COLUMNS} FROM rights_request
       WHERE account_id = $1 OR status = 'identity-required' AND rights_request.id IN (
         SELECT request_id FROM rights_request_subject WHERE email_digest = $2
       )
       ORDER BY received_on DESC, kind, rights_request.id`,
      [accountId, emailDigest],
    );
  }

  /** Where the person lives (ISO 3166-1 alpha-2); null when it is nobody's, or they were never asked. */
  async countryOf(manager: Pick<EntityManager, 'query'>, id: string): Promise<string | null> {
    const [account] = await manager.query<{ country: string | null }[]>(
      'SELECT country FROM rights_request JOIN account ON account.id = account_id WHERE rights_request.id = $1',
      [id],
    );
    return account?.country ?? null;
  }

  /** What became of it, from its first day on. */
  async events(manager: Pick<EntityManager, 'query'>, id: string): Promise<RightsRequestEvent[]> {
    return manager.query<RightsRequestEvent[]>(
      'SELECT status, day::text FROM rights_request_event WHERE request_id = $1 ORDER BY sequence',
      [id],
    );
  }

  /** Nothing, when the details are gone with the person. */
  details({ id, sealedDetails }: Pick<RightsRequestRecord, 'id' | 'sealedDetails'>): RightsDetails {
    const text = sealedDetails === null ? null : this.parts.keyring.open('rights-request', sealedDetails, id);
    return text === null ? {} : (JSON.parse(text) as RightsDetails);
  }

  answer({ id, sealedAnswer }: Pick<RightsRequestRecord, 'id' | 'sealedAnswer'>): string | null {
    return sealedAnswer === null ? null : this.parts.keyring.open('rights-request', sealedAnswer, id);
  }

  /** Null when there was no appeal, or it is gone with the person. */
  appeal({ id, sealedAppeal }: Pick<RightsRequestRecord, 'id' | 'sealedAppeal'>): Appeal | null {
    const text = sealedAppeal === null ? null : this.parts.keyring.open('rights-request', sealedAppeal, id);
    return text === null ? null : (JSON.parse(text) as Appeal);
  }

  /** What is decided about an appeal; the change of status follows in the same transaction. */
  async settleAppeal(
    manager: EntityManager,
    request: RightsRequestRecord,
    outcome: AppealOutcome,
    answer: string,
  ): Promise<void> {
    const { id } = request;
    const appeal = { statement: this.appeal(request)?.statement ?? '', answer };
    await manager.query('UPDATE rights_request SET appeal_outcome = $2, sealed_appeal = $3 WHERE id = $1', [
      id,
      outcome,
      this.parts.keyring.seal('rights-request', JSON.stringify(appeal), id),
    ]);
  }

  /** The row is this transaction's from now on. */
  async lock(manager: EntityManager, id: string): Promise<RightsRequestRecord | null> {
    if (!isUuid(id)) return null;
    const [request] = await manager.query<RightsRequestRecord[]>(
      `SELECT ${RIGHTS_REQUEST_COLUMNS} FROM rights_request WHERE id = $1 FOR UPDATE`,
      [id],
    );
    return request ?? null;
  }

  private async isErasing(manager: EntityManager, id: string): Promise<boolean> {
    const begun = await manager.query<unknown[]>('SELECT FROM erasure WHERE request_id = $1', [id]);
    return begun.length > 0;
  }

  private async setClock(
    manager: EntityManager,
    before: RightsRequestRecord,
    to: RightsRequestStatus,
  ): Promise<void> {
    const { id, kind, receivedOn, pausedOn } = before;
    const law = this.parts.laws.law(before.law);
    const now = this.today();
    const pausedDays = before.pausedDays + (pausedOn === null ? 0 : daysFrom(pausedOn, now) - 1);
    const pauses = to === 'identity-required' && law.pausedByIdentification;
    const extended = to === 'extended' || before.extensionReason !== null;
    const counted = dueDay(law, { kind, receivedOn, pausedDays, extended });
    // A last day that has been promised moves later by an extension alone, also when another law turns out to apply.
    const promised = to === 'extended' ? null : before.dueOn;
    const running = promised !== null && promised < counted ? promised : counted;
    const dueOn = pauses ? null : (this.appealDue(before, to) ?? running);
    await manager.query(
      // Of another last day nobody has been reminded yet.
      `UPDATE rights_request SET paused_on = $2, paused_days = $3, due_on = $4, closed_on = $5,
         reminded_at = CASE WHEN due_on = $4 THEN reminded_at END
       WHERE id = $1`,
      [id, pauses ? now : null, pausedDays, dueOn, isEnd(to) ? now : null],
    );
  }

  /** An appeal has days of its own, which stay when what was asked is granted; null when there is none. */
  private appealDue(
    { law: lawId, appealedOn, dueOn }: RightsRequestRecord,
    to: RightsRequestStatus,
  ): Day | null {
    const law = this.parts.laws.law(lawId);
    if (to !== 'appealed' || law.appeal === null) return appealedOn === null ? null : dueOn;
    return endOf(law.appeal.answer, dayOfReceipt(law, this.parts.clock()));
  }

  /** It is free for another officer than the one who has denied. */
  private async openAppeal(manager: EntityManager, id: string, appeal: Appeal): Promise<void> {
    await manager.query(
      'UPDATE rights_request SET appealed_on = $2, sealed_appeal = $3, handler_id = NULL WHERE id = $1',
      [id, this.today(), this.parts.keyring.seal('rights-request', JSON.stringify(appeal), id)],
    );
  }

  private async writeEvent(manager: EntityManager, id: string, status: RightsRequestStatus): Promise<void> {
    await manager.query(
      `INSERT INTO rights_request_event (request_id, sequence, status, day)
       SELECT $1, coalesce(max(sequence), 0) + 1, $2, $3 FROM rights_request_event WHERE request_id = $1`,
      [id, status, this.today()],
    );
  }

  private async forgetTheWay(manager: EntityManager, id: string): Promise<void> {
    await manager.query('DELETE FROM rights_request_subject WHERE request_id = $1', [id]);
    await manager.query('DELETE FROM rights_request_document WHERE request_id = $1', [id]);
    await manager.query(
      'UPDATE rights_request SET sealed_details = NULL WHERE id = $1 AND account_id IS NULL',
      [id],
    );
  }

  /** The person, and whoever asks for them, hears of it after the commit. */
  private async tell(
    manager: EntityManager,
    id: string,
    status: RightsRequestStatus,
    { unmailed = false, byStranger = false }: Change,
  ): Promise<void> {
    const [[agent]] = await manager.query<[{ mailed: boolean }[], number]>(
      `UPDATE rights_request_agent SET callback_tries = 0 WHERE request_id = $1
       RETURNING confirmed AND drp_agent_id IS NULL AS mailed`,
      [id],
    );
    if (agent?.mailed === true && isEnd(status)) {
      await this.parts.outbox.put(manager, rightsAgentNewsMail, { requestId: id, status });
    }
    if (unmailed || !TOLD.includes(status)) return;
    const news = { requestId: id, status };
    await this.parts.outbox.put(manager, rightsRequestMail, byStranger ? { ...news, heldBack: true } : news);
  }

  /**
   * The address that somebody gave hears of a lapse, whether or not it has an account: it is nobody else's. Nothing when no link
   * was to be mailed: else strangers could fill its mailbox with lapses.
   */
  private async tellAddress(
    manager: EntityManager,
    { id, kind, status, receivedOn }: RightsRequestRecord,
  ): Promise<void> {
    // Nobody has been written to for an agent that has sent no permission.
    if (status !== 'identity-required') return;
    const [subject] = await manager.query<{ sealed: string }[]>(
      'SELECT sealed_email AS sealed FROM rights_request_subject WHERE request_id = $1 AND links_sent > 0',
      [id],
    );
    const address = this.parts.keyring.open('rights-request', subject?.sealed ?? '', id);
    if (!address) return;
    await this.parts.outbox.put(manager, rightsLapsedMail, { address, kind, receivedOn });
  }

  private sealed(id: string, details: RightsDetails): string | null {
    if (Object.keys(details).length === 0) return null;
    return this.parts.keyring.seal('rights-request', JSON.stringify(details), id);
  }

  private today(): Day {
    return today(this.parts.clock());
  }
}

/** Whoever watches hears of it on commit. */
async function announce(manager: EntityManager, accountId: string | null): Promise<void> {
  if (accountId === null) return;
  await manager.query('SELECT pg_notify($1, $2)', [ACCOUNT_CHANGED, accountTopic(accountId)]);
}
