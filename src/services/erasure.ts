// Erasure: everything that hangs on an account leaves every store, and its owner is told once more.
import type { DataSource, EntityManager } from 'typeorm';
import type { AllowlistWriter } from '../allowlist/writer.js';
import type { Locale } from '../entities/account.js';
import type { Outbox } from '../mail/outbox.js';
import type { AccountService } from './account.js';
import { done, type Outcome, refused } from './fault.js';
import { deletePending } from './pending.js';
import { REFERENCE } from './reference.js';
import type { SessionService } from './session.js';
import { lockAccounts } from './usage-storage.js';

export class ErasureService {
  constructor(
    private readonly parts: {
      readonly accounts: AccountService;
      readonly database: DataSource;
      readonly outbox: Outbox;
      readonly sessions: SessionService;
      readonly writer: AllowlistWriter;
    },
  ) {}

  /**
   * False when there is no such account. The row in Postgres goes last of what can be lost on the way: whatever breaks
   * before, the account is still there, and the same call again completes it. A mail that waits for the account finds
   * nobody when its time comes, and is not sent.
   */
  async erase(accountId: string, caseReference: string | null = null): Promise<boolean> {
    await this.eraseFromRedis(accountId);
    const erased = await this.parts.database.transaction((manager) =>
      this.eraseRows(manager, accountId, caseReference),
    );
    // A request that was on its way may have begun a session or registered an address since.
    await this.eraseFromRedis(accountId);
    return erased;
  }

  /**
   * Erases the account of a person who is too young to have one. `account`: its id or its e-mail address. The reference
   * stands in the mail that they get, and nowhere else. False when there is no such account (any more).
   */
  async reportMinor(account: string, caseReference: string): Promise<Outcome<boolean>> {
    if (!REFERENCE.test(caseReference)) {
      return refused({ field: 'caseReference', code: 'INVALID_REFERENCE' });
    }
    const found = await this.parts.accounts.findByIdOrEmail(account);
    if (found === null) return done(false);
    if (found.role !== 'user') return refused({ field: 'account', code: 'ACCOUNT_IS_STAFF' });
    return done(await this.erase(found.id, caseReference));
  }

  private async eraseFromRedis(accountId: string): Promise<void> {
    await this.parts.sessions.revokeAll(accountId);
    await this.parts.writer.removeOwner(`account:${accountId}`);
  }

  private async eraseRows(
    manager: EntityManager,
    accountId: string,
    caseReference: string | null,
  ): Promise<boolean> {
    // Whoever writes usage at this moment is awaited; whoever comes later finds no account.
    await lockAccounts(manager, 'alone');
    const [[account]] = await manager.query<[{ email: string; locale: Locale }[], number]>(
      'DELETE FROM account WHERE id = $1 RETURNING email, locale',
      [accountId],
    );
    if (account === undefined) return false;
    for (const table of ['usage_report_row', 'usage_day']) {
      await manager.query(`DELETE FROM ${table} WHERE account_id = $1`, [accountId]);
    }
    const { email, locale } = account;
    await deletePending(manager, email);
    await this.parts.outbox.post(manager, {
      template: 'account-closed',
      address: email,
      locale,
      caseReference,
    });
    return true;
  }
}
