// Identification of who is not signed in: links to the account's own address, three at most, each for a day. Nothing that is
// said before one is opened depends on whether there is an account.

import type { EntityManager } from 'typeorm';
import { type Clock, type Day, daysAfter, today } from '../../lib/calendar.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import { dueDay } from '../policy/deadlines.js';
import type { PrivacyLaws } from '../policy/laws.js';
import { rightsRequestLinkMail } from './mails/rights-request-link.js';
import type { RightsRequestRecord } from './request-record.js';
import type { RightsRequests } from './requests.js';

const MAX_LINKS = 3;

/** Days that a request waits beyond that of its latest link: the mail may take one, and its link lives for another. */
const LIFETIME_DAYS = 2;

export class Identification {
  constructor(
    private readonly parts: {
      readonly keyring: Keyring;
      readonly laws: Pick<PrivacyLaws, 'law'>;
      readonly outbox: Outbox;
      readonly requests: RightsRequests;
      readonly clock: Clock;
    },
  ) {}

  /**
   * For whom a request is. `email`: in its one form, with or without an account. Where the clock runs on, identification is
   * awaited as long as an answer may take (11 CCR § 7021(b)); where it stands still, until the latest link is too old.
   */
  async awaitFor(manager: EntityManager, request: RightsRequestRecord, email: string): Promise<void> {
    const law = this.parts.laws.law(request.law);
    const { kind, receivedOn } = request;
    const clockwork = { kind, receivedOn, pausedDays: 0, extended: false };
    const requestId = request.id;
    await manager.query(
      `INSERT INTO rights_request_subject (request_id, sealed_email, email_digest, links_sent, expires_on)
       VALUES ($1, $2, $3, 0, $4)`,
      [
        requestId,
        this.parts.keyring.seal('rights-request', email, requestId),
        this.digest(email),
        law.pausedByIdentification ? this.lastDay() : dueDay(law, clockwork),
      ],
    );
  }

  /** Identity is required from now on, and the first link goes out when `mails`. Null when it is too late for that. */
  async start(
    manager: EntityManager,
    requestId: string,
    mails: boolean,
  ): Promise<RightsRequestRecord | null> {
    const request = await this.parts.requests.advance(manager, requestId, 'identity-required', {
      silent: true,
    });
    if (request !== null) await this.sendLink(manager, requestId, mails);
    return request;
  }

  /**
   * Mails another link when `mails`, and counts it; false when there have been three. Without a mail nothing is counted:
   * the request expires no later, and its address, which got no mail about it, gets none about the expiry.
   */
  async sendLink(manager: EntityManager, requestId: string, mails: boolean): Promise<boolean> {
    const [, count] = await manager.query<[unknown, number]>(
      `UPDATE rights_request_subject SET links_sent = links_sent + $4::boolean::integer,
         expires_on = CASE WHEN $4 THEN greatest(expires_on, $2) ELSE expires_on END
       WHERE request_id = $1 AND links_sent < $3`,
      [requestId, this.lastDay(), MAX_LINKS, mails],
    );
    if (count === 0) return false;
    if (mails) await this.parts.outbox.put(manager, rightsRequestLinkMail, { requestId });
    return true;
  }

  /** The address that a request is about: the account's, or the one that was given; null when it is forgotten. */
  async emailOf(
    manager: Pick<EntityManager, 'query'>,
    { id, accountId }: Pick<RightsRequestRecord, 'id' | 'accountId'>,
  ): Promise<string | null> {
    if (accountId === null) return this.subjectOf(manager, id);
    const [account] = await manager.query<{ email: string }[]>('SELECT email FROM account WHERE id = $1', [
      accountId,
    ]);
    return account?.email ?? null;
  }

  /** What the agent is called who asks for the person; null when none does. */
  async agentOf(manager: Pick<EntityManager, 'query'>, requestId: string): Promise<string | null> {
    const [agent] = await manager.query<{ sealed: string; name: string | null }[]>(
      `SELECT sealed_contact AS sealed, drp_agent.name FROM rights_request_agent
       LEFT JOIN drp_agent ON drp_agent.id = drp_agent_id WHERE request_id = $1`,
      [requestId],
    );
    if (agent === undefined) return null;
    const contact = this.parts.keyring.open('rights-request', agent.sealed, requestId);
    return agent.name ?? (JSON.parse(contact ?? '{}') as { name?: string }).name ?? null;
  }

  /** The account that a request is about, by the address that was given; null when there is none. */
  async accountOf(manager: EntityManager, requestId: string): Promise<string | null> {
    const email = await this.subjectOf(manager, requestId);
    const [account] = await manager.query<{ id: string }[]>('SELECT id FROM account WHERE email = $1', [
      email,
    ]);
    return account?.id ?? null;
  }

  /** Whose it is, is known: the address is not needed any more. */
  async end(manager: EntityManager, requestId: string): Promise<void> {
    await manager.query('DELETE FROM rights_request_subject WHERE request_id = $1', [requestId]);
  }

  /** The last day on which it can be shown whose a request is; null when that is not awaited. */
  async lastDayOf(manager: Pick<EntityManager, 'query'>, requestId: string): Promise<Day | null> {
    const [subject] = await manager.query<{ day: Day }[]>(
      'SELECT expires_on::text AS day FROM rights_request_subject WHERE request_id = $1',
      [requestId],
    );
    return subject?.day ?? null;
  }

  /** By which the requests about one address are found. */
  digest(email: string): string {
    return digestOf(this.parts.keyring, email);
  }

  private async subjectOf(manager: Pick<EntityManager, 'query'>, requestId: string): Promise<string | null> {
    const [subject] = await manager.query<{ sealed: string }[]>(
      'SELECT sealed_email AS sealed FROM rights_request_subject WHERE request_id = $1',
      [requestId],
    );
    if (subject === undefined) return null;
    return this.parts.keyring.open('rights-request', subject.sealed, requestId) || null;
  }

  private lastDay() {
    return daysAfter(today(this.parts.clock()), LIFETIME_DAYS);
  }
}

function digestOf(keyring: Keyring, email: string): string {
  return keyring.digest('rights-request', email);
}

/**
 * Forgets an address whose account is erased. The requests about it wait on until their own day, as those about an address
 * that never had an account: else anyone who asked would see on which day it was closed.
 */
export async function forgetAddress(manager: EntityManager, keyring: Keyring, email: string): Promise<void> {
  const about = await manager.query<{ id: string }[]>(
    'SELECT request_id AS id FROM rights_request_subject WHERE email_digest = $1 ORDER BY id FOR UPDATE',
    [digestOf(keyring, email)],
  );
  for (const { id } of about) {
    await manager.query(
      'UPDATE rights_request_subject SET sealed_email = $2, email_digest = $3 WHERE request_id = $1',
      [id, keyring.seal('rights-request', '', id), digestOf(keyring, `erased ${id}`)],
    );
    await manager.query('UPDATE rights_request SET sealed_details = NULL WHERE id = $1', [id]);
    await manager.query('DELETE FROM rights_request_document WHERE request_id = $1', [id]);
  }
}
