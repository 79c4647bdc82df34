// The register of rights requests. Each change of status is one that `states.ts` allows. One transaction makes it once, records
// its day, sets the deadline of its law, and queues the mails about it.

import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { AppealOutcome, RightsRequestStatus } from '../../entities/rights/rights-request.js';
import { type Clock, type Day, daysFrom, today } from '../../lib/calendar.js';
import { isUuid } from '../../lib/uuid.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import { dueDay, endOf } from '../policy/deadlines.js';
import type { PrivacyLaws } from '../policy/laws.js';
import { dayOfReceipt } from '../policy/local-days.js';
import { announceChange, RequestNotices } from './request-notices.js';
import {
  type Appeal,
  type Change,
  type NewRightsRequest,
  RIGHTS_REQUEST_COLUMNS,
  type RightsDetails,
  type RightsRequestEvent,
  type RightsRequestRecord,
} from './request-record.js';
import { isEnd, NEXT } from './states.js';

export class RightsRequests {
  private readonly notices: RequestNotices;

  constructor(
    private readonly parts: {
      readonly keyring: Keyring;
      readonly laws: PrivacyLaws;
      readonly outbox: Outbox;
      readonly clock: Clock;
    },
  ) {
    this.notices = new RequestNotices(parts);
  }

  /** Records a new request as `submitted`. It notifies nobody. */
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
    await announceChange(manager, accountId);
    return (await this.find(manager, id))!;
  }

  /**
   * Changes the status. Returns null when the present status does not allow that, or there is no such request. Of two
   * concurrent changes, the second waits and finds the status that the first has set. A request that ends loses what only
   * its handling needed: the e-mail address, the documents and, when it belongs to no account, what was asked.
   */
  async advance(
    manager: EntityManager,
    id: string,
    to: RightsRequestStatus,
    change: Change = {},
  ): Promise<RightsRequestRecord | null> {
    const before = await this.lock(manager, id);
    if (before === null || !NEXT[before.status].includes(to)) return null;
    // An erasure that has begun cannot be withdrawn.
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
    if (to === 'expired') await this.notices.ofExpiry(manager, before);
    if (isEnd(to)) await this.deleteWorkingData(manager, id);
    if (change.silent !== true) await this.notices.ofStatus(manager, id, to, change);
    const after = await this.find(manager, id);
    await announceChange(manager, after?.accountId ?? null);
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

  /** All requests of an account, and those that wait to be confirmed by its e-mail address; newest first. */
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

  /** Country of residence (ISO 3166-1 alpha-2); null when the request has no account, or the account has no country. */
  async countryOf(manager: Pick<EntityManager, 'query'>, id: string): Promise<string | null> {
    const [account] = await manager.query<{ country: string | null }[]>(
      'SELECT country FROM rights_request JOIN account ON account.id = account_id WHERE rights_request.id = $1',
      [id],
    );
    return account?.country ?? null;
  }

  /** Its changes of status, oldest first. */
  async events(manager: Pick<EntityManager, 'query'>, id: string): Promise<RightsRequestEvent[]> {
    return manager.query<RightsRequestEvent[]>(
      'SELECT status, day::text FROM rights_request_event WHERE request_id = $1 ORDER BY sequence',
      [id],
    );
  }

  /** Empty when the details were erased with the account. */
  details({ id, sealedDetails }: Pick<RightsRequestRecord, 'id' | 'sealedDetails'>): RightsDetails {
    const text = sealedDetails === null ? null : this.parts.keyring.open('rights-request', sealedDetails, id);
    return text === null ? {} : (JSON.parse(text) as RightsDetails);
  }

  answer({ id, sealedAnswer }: Pick<RightsRequestRecord, 'id' | 'sealedAnswer'>): string | null {
    return sealedAnswer === null ? null : this.parts.keyring.open('rights-request', sealedAnswer, id);
  }

  /** Null when there was no appeal, or it was erased with the account. */
  appeal({ id, sealedAppeal }: Pick<RightsRequestRecord, 'id' | 'sealedAppeal'>): Appeal | null {
    const text = sealedAppeal === null ? null : this.parts.keyring.open('rights-request', sealedAppeal, id);
    return text === null ? null : (JSON.parse(text) as Appeal);
  }

  /** Records the decision about an appeal. The change of status follows in the same transaction. */
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

  /** Locks the row until the transaction ends. */
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
    // Only an extension moves a promised last day later, even when another law turns out to apply.
    const promised = to === 'extended' ? null : before.dueOn;
    const running = promised !== null && promised < counted ? promised : counted;
    const dueOn = pauses ? null : (this.appealDue(before, to) ?? running);
    await manager.query(
      // A new last day needs new reminders.
      `UPDATE rights_request SET paused_on = $2, paused_days = $3, due_on = $4, closed_on = $5,
         reminded_at = CASE WHEN due_on = $4 THEN reminded_at END
       WHERE id = $1`,
      [id, pauses ? now : null, pausedDays, dueOn, isEnd(to) ? now : null],
    );
  }

  /** An appeal has its own deadline, which stays when the request is granted; null when there is no appeal. */
  private appealDue(
    { law: lawId, appealedOn, dueOn }: RightsRequestRecord,
    to: RightsRequestStatus,
  ): Day | null {
    const law = this.parts.laws.law(lawId);
    if (to !== 'appealed' || law.appeal === null) return appealedOn === null ? null : dueOn;
    return endOf(law.appeal.answer, dayOfReceipt(law, this.parts.clock()));
  }

  /** Frees the request, so that another officer than the one who denied it can take it. */
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

  private async deleteWorkingData(manager: EntityManager, id: string): Promise<void> {
    await manager.query('DELETE FROM rights_request_subject WHERE request_id = $1', [id]);
    await manager.query('DELETE FROM rights_request_document WHERE request_id = $1', [id]);
    await manager.query(
      'UPDATE rights_request SET sealed_details = NULL WHERE id = $1 AND account_id IS NULL',
      [id],
    );
  }

  private sealed(id: string, details: RightsDetails): string | null {
    if (Object.keys(details).length === 0) return null;
    return this.parts.keyring.seal('rights-request', JSON.stringify(details), id);
  }

  private today(): Day {
    return today(this.parts.clock());
  }
}
