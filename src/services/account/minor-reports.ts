// Accounts of people who are too young to have one, as staff report them. Nothing is erased at once: the owner is notified by mail,
// can say that it is a mistake, and has a week for it (decision 0034).

import type { DataSource, EntityManager } from 'typeorm';
import { holdsCardNumber } from '../../input/card-number.js';
import { REFERENCE } from '../../input/reference.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import { type Clock, type Day, daysAfter, today } from '../../lib/calendar.js';
import type { Outbox } from '../../mail/outbox.js';
import type { AccountService } from './account.js';
import { minorReportMail, minorReportWithdrawnMail } from './mails/minor-report.js';

/** As a person's own deletion waits. */
const DAYS_BEFORE_ERASURE = 7;

export interface MinorReportView {
  readonly caseReference: string;
  readonly erasesOn: Day;
}

export interface DueReport extends Pick<MinorReportView, 'caseReference'> {
  readonly accountId: string;
}

const REPORT = 'account_id AS "accountId", case_reference AS "caseReference"';
/** $1: today. */
export const DUE_REPORTS = `minor_report JOIN account ON account.id = account_id WHERE erases_on <= $1 AND role = 'user'`;

export class MinorReports {
  constructor(
    private readonly parts: {
      readonly accounts: AccountService;
      readonly database: DataSource;
      readonly outbox: Outbox;
      readonly clock: Clock;
    },
  ) {}

  /**
   * `account`: an id or an e-mail address. A second report of an account changes nothing: the day of the first one stays, and
   * nobody is written to again.
   */
  async report(
    staffId: string,
    { account, caseReference }: { readonly account: string; readonly caseReference: string },
  ): Promise<Outcome<MinorReportView>> {
    const { database, outbox, clock } = this.parts;
    if (!REFERENCE.test(caseReference)) {
      return refused({ field: 'caseReference', code: 'INVALID_REFERENCE' });
    }
    if (holdsCardNumber(caseReference)) return refused({ field: 'caseReference', code: 'CARD_NUMBER' });
    const found = await this.parts.accounts.findByIdOrEmail(account);
    if (found === null) return refused({ field: 'account', code: 'UNKNOWN_ACCOUNT' });
    if (found.role !== 'user') return refused({ field: 'account', code: 'ACCOUNT_IS_STAFF' });
    return database.transaction(async (manager) => {
      const written = await manager.query<unknown[]>(
        `INSERT INTO minor_report (account_id, case_reference, erases_on, staff_id)
         SELECT id, $2, $3, $4 FROM account WHERE id = $1
         ON CONFLICT DO NOTHING RETURNING account_id`,
        [found.id, caseReference, daysAfter(today(clock()), DAYS_BEFORE_ERASURE), staffId],
      );
      if (written.length > 0) await outbox.put(manager, minorReportMail, { accountId: found.id });
      const report = await this.of(found.id, manager);
      return report === null ? refused({ field: 'account', code: 'UNKNOWN_ACCOUNT' }) : done(report);
    });
  }

  /** The account stays, and its owner is notified. */
  async withdraw(account: string): Promise<Outcome<null>> {
    const { accounts, database, outbox } = this.parts;
    const found = await accounts.findByIdOrEmail(account);
    if (found === null) return refused({ field: 'account', code: 'UNKNOWN_ACCOUNT' });
    return database.transaction(async (manager) => {
      const [, count] = await manager.query<[unknown, number]>(
        'DELETE FROM minor_report WHERE account_id = $1',
        [found.id],
      );
      if (count === 0) return refused({ field: 'account', code: 'NO_MINOR_REPORT' });
      await outbox.put(manager, minorReportWithdrawnMail, { accountId: found.id });
      return done(null);
    });
  }

  /** Null when the account is not reported. */
  async of(
    accountId: string,
    reader: Pick<EntityManager, 'query'> = this.parts.database.manager,
  ): Promise<MinorReportView | null> {
    const [report] = await reader.query<MinorReportView[]>(
      `SELECT case_reference AS "caseReference", erases_on::text AS "erasesOn" FROM minor_report
       WHERE account_id = $1`,
      [accountId],
    );
    return report ?? null;
  }

  /** The reports whose day has come. Staff are left out: somebody may have been given a role since. */
  due(now: Day): Promise<DueReport[]> {
    return this.parts.database.query<DueReport[]>(
      `SELECT ${REPORT} FROM ${DUE_REPORTS} ORDER BY account_id`,
      [now],
    );
  }

  /** Such a report of an account, which is carried out by the transaction and goes; null when there is none any more. */
  async take(manager: EntityManager, accountId: string, now: Day): Promise<DueReport | null> {
    const [report] = await manager.query<DueReport[]>(
      `SELECT ${REPORT} FROM ${DUE_REPORTS} AND account_id = $2 FOR UPDATE OF minor_report`,
      [now, accountId],
    );
    if (report === undefined) return null;
    await manager.query('DELETE FROM minor_report WHERE account_id = $1', [accountId]);
    return report;
  }
}
