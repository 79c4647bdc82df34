// Audited support access: each access of staff to an account's usage data is stored by day before anything is shown, and the
// account's owner can read it.
import type { DataSource } from 'typeorm';
import { newestFirst, placeBy, readPage } from '../../db/page.js';
import { type Day, today } from '../../lib/calendar.js';
import type { Page, PageRequest } from '../../lib/pages.js';

/** Why support may look at the usage of one account. */
export const SUPPORT_REASONS = [
  'connection-problem',
  'slow-connection',
  'app-problem',
  'location-advice',
  'data-volume',
] as const;
export type SupportReason = (typeof SUPPORT_REASONS)[number];

/**
 * `heavy-usage`: the account was among those with far more data than others. `disclosure`: an operator wrote everything that
 * is kept about the person into a file.
 */
export type AccessReason = SupportReason | 'heavy-usage' | 'disclosure';

export interface Access {
  readonly accountIds: readonly string[];
  /** Account of the member of staff. */
  readonly staffId: string;
  readonly reason: AccessReason;
  /** Null when there is no case. */
  readonly caseReference: string | null;
}

export interface AccessView {
  readonly day: Day;
  readonly reason: AccessReason;
  readonly caseReference: string | null;
}

export class StaffAccessService {
  /** `now`: milliseconds since the epoch. */
  constructor(
    private readonly database: DataSource,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Stores an access of staff to accounts today; the same access on the same day changes nothing. It is committed when this
   * method returns. Returns the accounts that exist; only these may be shown.
   */
  async record({ accountIds, staffId, reason, caseReference }: Access): Promise<ReadonlySet<string>> {
    // In the order of the ids, so that two at once do not wait for each other, and the order of rows does not reveal who used more.
    const accounts = await this.database.query<{ id: string }[]>(
      `WITH accessed AS (SELECT id FROM account WHERE id = ANY($1) ORDER BY id FOR KEY SHARE), recorded AS (
         INSERT INTO staff_access (id, account_id, day, staff_id, reason, case_reference)
         SELECT gen_random_uuid(), id, $2, $3, $4, $5 FROM accessed ON CONFLICT DO NOTHING
       )
       SELECT id FROM accessed`,
      [accountIds, today(this.now()), staffId, reason, caseReference ?? ''],
    );
    return new Set(accounts.map(({ id }) => id));
  }

  /**
   * Writes down that an operator discloses today what is kept about the person; the same again on the same day changes
   * nothing. An operator has no account of staff. False when there is no such account.
   */
  async recordDisclosure(accountId: string, caseReference: string | null): Promise<boolean> {
    const values = [accountId, today(this.now()), caseReference ?? ''];
    const [{ there } = { there: false }] = await this.database.query<{ there: boolean }[]>(
      `WITH disclosed AS (SELECT id FROM account WHERE id = $1 FOR KEY SHARE), recorded AS (
         INSERT INTO staff_access (id, account_id, day, reason, case_reference)
         SELECT gen_random_uuid(), id, $2, 'disclosure', $3 FROM disclosed
         WHERE NOT EXISTS (
           SELECT FROM staff_access WHERE account_id = $1 AND day = $2 AND staff_id IS NULL
             AND reason = 'disclosure' AND case_reference = $3
         )
       )
       SELECT EXISTS (SELECT FROM disclosed) AS there`,
      values,
    );
    return there;
  }

  /**
   * The accesses to an account's data, the newest first. They do not name the member of staff, and several accesses on one day
   * for one reason are one. Throws InvalidCursor.
   */
  page(accountId: string, request: PageRequest): Promise<Page<AccessView>> {
    const list = {
      name: 'staff-access',
      sql: `SELECT DISTINCT day::text, reason, nullif(case_reference, '') AS "caseReference",
          ${placeBy(newestFirst('day'), 'reason', 'case_reference')}
        FROM staff_access WHERE account_id = $1`,
      values: [accountId],
    };
    return readPage(this.database, list, request);
  }
}
