// Usage handles: the random names by which VPN nodes know accounts. A person can rotate theirs, and nodes do not
// learn whose it was.
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Throttle } from '../../ephemeral/throttle.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import { today } from '../../lib/calendar.js';

export class UsageHandleService {
  constructor(
    private readonly database: DataSource,
    private readonly throttle: Pick<Throttle, 'allows'>,
  ) {}

  /** The account's present handle; null when there is no such account. */
  async current(accountId: string): Promise<string | null> {
    const [row] = await this.database.query<{ handle: string }[]>(
      'SELECT handle FROM usage_handle WHERE account_id = $1 AND retired_on IS NULL',
      [accountId],
    );
    return row?.handle ?? null;
  }

  /**
   * Gives the account another handle, and returns it. Days until today may still be reported under the old one. Null when
   * there is no such account.
   */
  async rotate(accountId: string): Promise<Outcome<string | null>> {
    if (!(await this.throttle.allows('usage-handle', { accountId }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const handle = randomUUID();
    return this.database.transaction(async (manager) => {
      // One at a time: an account has one present handle.
      const accounts = await manager.query<unknown[]>('SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE', [
        accountId,
      ]);
      if (accounts.length === 0) return done(null);
      await manager.query(
        'UPDATE usage_handle SET retired_on = $2 WHERE account_id = $1 AND retired_on IS NULL',
        [accountId, today()],
      );
      await manager.query('INSERT INTO usage_handle (handle, account_id) VALUES ($1, $2)', [
        handle,
        accountId,
      ]);
      return done(handle);
    });
  }
}
