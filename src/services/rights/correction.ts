// Corrections that the data protection officer has decided: what people cannot change themselves.
import type { EntityManager } from 'typeorm';
import type { Outbox } from '../../mail/outbox.js';
import type { Fault } from '../fault.js';
import { deletePending } from '../pending.js';
import type { SessionService } from '../session.js';
import { lockAccounts } from '../usage-storage.js';
import type { Correction } from './requests.js';

export class CorrectionService {
  constructor(
    private readonly parts: { readonly outbox: Outbox; readonly sessions: Pick<SessionService, 'revokeAll'> },
  ) {}

  /** In the transaction of the decision. A fault when it cannot be done, and then nothing has changed. */
  async carryOut(manager: EntityManager, accountId: string, correction: Correction): Promise<Fault | null> {
    if (correction.field === 'email') return this.correctEmail(manager, accountId, correction.value);
    if (correction.field === 'app') {
      const { platform, version } = correction;
      await manager.query(
        'DELETE FROM app_version WHERE account_id = $1 AND platform = $2 AND version = $3',
        [accountId, platform, version],
      );
      return null;
    }
    // Whoever writes usage at this moment is awaited.
    await lockAccounts(manager, 'alone');
    for (const table of ['usage_report_row', 'usage_day']) {
      await manager.query(`DELETE FROM ${table} WHERE account_id = $1 AND day = $2`, [
        accountId,
        correction.day,
      ]);
    }
    return null;
  }

  /** For whoever has lost the mailbox, which may be a thief's by now: all sessions end, and links to both addresses. */
  private async correctEmail(
    manager: EntityManager,
    accountId: string,
    email: string,
  ): Promise<Fault | null> {
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
    await manager.query('UPDATE account SET email = $2 WHERE id = $1', [accountId, email]);
    await manager.query('DELETE FROM email_change WHERE account_id = $1', [accountId]);
    for (const address of [before.email, email]) await deletePending(manager, address);
    await this.parts.outbox.post(manager, {
      template: 'security-notice',
      accountId,
      change: 'email-changed',
    });
    await this.parts.sessions.revokeAll(accountId);
    return null;
  }
}
