// Corrections that the data protection officer has decided: what people cannot change themselves.

import type { EntityManager } from 'typeorm';
import type { UserError } from '../../../input/user-error.js';
import type { Outbox } from '../../../mail/outbox.js';
import type { EmailChangeService } from '../../sign-in/email-change.js';
import { securityNoticeMail } from '../../sign-in/mails/security-notice.js';
import { deletePending } from '../../sign-in/pending.js';
import type { SessionService } from '../../sign-in/session.js';
import { lockAccounts } from '../../usage/storage.js';
import type { Correction } from '../request-record.js';

export class CorrectionService {
  constructor(
    private readonly parts: {
      readonly emailChange: Pick<EmailChangeService, 'grant'>;
      readonly outbox: Outbox;
      readonly sessions: Pick<SessionService, 'revokeAll'>;
    },
  ) {}

  /** In the transaction of the decision. A user error when it cannot be done, and then nothing has changed. */
  async carryOut(
    manager: EntityManager,
    accountId: string,
    correction: Correction,
  ): Promise<UserError | null> {
    if (correction.field === 'email') return this.correctEmail(manager, accountId, correction.value);
    if (correction.field === 'app') {
      const { platform, version } = correction;
      await manager.query(
        'DELETE FROM app_version WHERE account_id = $1 AND platform = $2 AND version = $3',
        [accountId, platform, version],
      );
      return null;
    }
    // Waits for transactions that write usage now.
    await lockAccounts(manager, 'exclusive');
    for (const table of ['usage_report_row', 'usage_day']) {
      await manager.query(`DELETE FROM ${table} WHERE account_id = $1 AND day = $2`, [
        accountId,
        correction.day,
      ]);
    }
    return null;
  }

  /**
   * For anyone who has lost the mailbox, which may be a thief's by now: all sessions end. The officer's decision replaces the
   * confirmation of the old mailbox only: the new one must confirm, and the old one is notified.
   */
  private async correctEmail(
    manager: EntityManager,
    accountId: string,
    email: string,
  ): Promise<UserError | null> {
    const [taken] = await manager.query<unknown[]>('SELECT FROM account WHERE email = $1 AND id <> $2', [
      email,
      accountId,
    ]);
    if (taken !== undefined) return { field: null, code: 'EMAIL_TAKEN' };
    const [before] = await manager.query<{ email: string }[]>(
      'SELECT email FROM account WHERE id = $1 FOR UPDATE',
      [accountId],
    );
    if (before === undefined) return null;
    await this.parts.emailChange.grant(manager, accountId, email);
    await deletePending(manager, before.email);
    const notice = { accountId, change: 'email-correction' } as const;
    await this.parts.outbox.put(manager, securityNoticeMail, notice);
    await this.parts.sessions.revokeAll(accountId);
    return null;
  }
}
