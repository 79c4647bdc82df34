// The mails and live updates about a rights request, queued by the transaction that changes it.
import type { EntityManager } from 'typeorm';
import { ACCOUNT_CHANGED, accountTopic } from '../../db/account-changes.js';
import type { RightsRequestStatus } from '../../entities/rights/rights-request.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import { rightsAgentNewsMail } from './mails/rights-agent-news.js';
import { rightsExpiredMail } from './mails/rights-expired.js';
import { rightsRequestMail } from './mails/rights-request.js';
import type { RightsRequestRecord } from './request-record.js';
import { isEnd } from './states.js';

/** Statuses that the person gets a mail about. The others are in the answer to what they did. */
const MAILED: readonly RightsRequestStatus[] = ['in-progress', 'extended', 'fulfilled', 'denied', 'appealed'];

export class RequestNotices {
  constructor(private readonly parts: { readonly keyring: Keyring; readonly outbox: Outbox }) {}

  /**
   * Notifies the person, and their agent. `unmailed`: the person gets no mail. `byStranger`: the mail leaves a little later,
   * so that someone who is not signed in cannot measure that it is sent.
   */
  async ofStatus(
    manager: EntityManager,
    id: string,
    status: RightsRequestStatus,
    { unmailed = false, byStranger = false }: { readonly unmailed?: boolean; readonly byStranger?: boolean },
  ): Promise<void> {
    const [[agent]] = await manager.query<[{ mailed: boolean }[], number]>(
      `UPDATE rights_request_agent SET callback_tries = 0 WHERE request_id = $1
       RETURNING confirmed AND drp_agent_id IS NULL AS mailed`,
      [id],
    );
    if (agent?.mailed === true && isEnd(status)) {
      await this.parts.outbox.put(manager, rightsAgentNewsMail, { requestId: id, status });
    }
    if (unmailed || !MAILED.includes(status)) return;
    const news = { requestId: id, status };
    await this.parts.outbox.put(manager, rightsRequestMail, byStranger ? { ...news, heldBack: true } : news);
  }

  /**
   * Notifies the address of a request that expired before it was confirmed, whether or not the address has an account. Sends
   * nothing when no link was mailed: otherwise anyone could fill a mailbox with expired requests.
   */
  async ofExpiry(
    manager: EntityManager,
    { id, kind, status, receivedOn }: RightsRequestRecord,
  ): Promise<void> {
    // An agent that has sent no permission has caused no mail.
    if (status !== 'identity-required') return;
    const [subject] = await manager.query<{ sealed: string }[]>(
      'SELECT sealed_email AS sealed FROM rights_request_subject WHERE request_id = $1 AND links_sent > 0',
      [id],
    );
    const address = this.parts.keyring.open('rights-request', subject?.sealed ?? '', id);
    if (!address) return;
    await this.parts.outbox.put(manager, rightsExpiredMail, { address, kind, receivedOn });
  }
}

/** Sends a live update to the account's subscribers when the transaction commits. */
export async function announceChange(manager: EntityManager, accountId: string | null): Promise<void> {
  if (accountId === null) return;
  await manager.query('SELECT pg_notify($1, $2)', [ACCOUNT_CHANGED, accountTopic(accountId)]);
}
