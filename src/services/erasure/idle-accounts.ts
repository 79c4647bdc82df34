// Accounts that nobody uses any more are not kept for ever: their owners are written to twice, and then the account is erased
// (decision 0020).

import type { DataSource } from 'typeorm';
import { type EachRow, eachRow, everyRow, type Watching } from '../../jobs/each-row.js';
import { type BackgroundJob, startDatedJob } from '../../jobs/jobs.js';
import {
  type Clock,
  type Day,
  daysAfter,
  firstDayOf,
  monthOf,
  monthsAfter,
  today,
} from '../../lib/calendar.js';
import { HOUR_MS } from '../../lib/durations.js';
import type { Outbox } from '../../mail/outbox.js';
import { quarterOf } from '../account/account-use.js';
import type { ErasureService } from './erasure.js';
import { DAYS_OF_GRACE, idleAccountMail } from './mails/idle-account.js';

/** Between the first mail and the second. */
const DAYS_TO_SECOND_NOTICE = 60;

/**
 * Accounts whose next step has come. $1: the last quarter that is too long ago; $2: today. Never those of staff, nor of people
 * who have restricted processing (GDPR, Article 18) or wait for an answer to a request.
 */
const DUE = `account_use JOIN account ON account.id = account_id
  WHERE quarter <= $1 AND (notices = 0 OR next_on <= $2) AND role = 'user' AND NOT restricts_processing
    AND NOT EXISTS (SELECT FROM erasure WHERE erasure.account_id = account.id)
    AND NOT EXISTS (
      SELECT FROM rights_request WHERE rights_request.account_id = account.id AND closed_on IS NULL
    )`;

export class IdleAccounts {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly erasure: Pick<ErasureService, 'write'>;
      readonly outbox: Outbox;
      /** Months without use after which the owner is written to. */
      readonly idleMonths: number;
      readonly clock: Clock;
    },
  ) {}

  /** Writes to the owners whose turn it is, and begins the erasures whose day has come. */
  async run(each: EachRow = everyRow, now: number = this.parts.clock()): Promise<void> {
    const { database } = this.parts;
    // Accounts that nobody has signed in to since they were made, or since this is counted.
    await database.query(
      `INSERT INTO account_use (account_id, quarter)
       SELECT id, $1 FROM account WHERE NOT EXISTS (SELECT FROM account_use WHERE account_id = id)
       ON CONFLICT DO NOTHING`,
      [quarterOf(today(now))],
    );
    const due = await database.query<{ accountId: string }[]>(
      `SELECT account_id AS "accountId" FROM ${DUE} ORDER BY account_id`,
      this.limits(today(now)),
    );
    await each(
      'due',
      due,
      ({ accountId }) => accountId,
      ({ accountId }) => this.goOn(accountId, today(now)),
    );
  }

  /** Unless somebody has used the account, or another gateway has done it, since the list was read. */
  private async goOn(accountId: string, now: Day): Promise<void> {
    const { database, erasure, outbox } = this.parts;
    await database.transaction(async (manager) => {
      // Who signs in now waits for this transaction.
      const [due] = await manager.query<{ notices: number }[]>(
        `SELECT notices FROM ${DUE} AND account_id = $3 FOR UPDATE OF account_use`,
        [...this.limits(now), accountId],
      );
      if (due === undefined) return;
      if (due.notices === 2) {
        await erasure.write(manager, accountId);
        return;
      }
      const wait = due.notices === 0 ? DAYS_TO_SECOND_NOTICE : DAYS_OF_GRACE;
      await manager.query(
        'UPDATE account_use SET notices = notices + 1, next_on = $2 WHERE account_id = $1',
        [accountId, daysAfter(now, wait)],
      );
      await outbox.put(manager, idleAccountMail, { accountId });
    });
  }

  private limits(now: Day): [lastQuarter: Day, today: Day] {
    // The account may have been used until the last day of its quarter.
    return [firstDayOf(monthsAfter(monthOf(now), -this.parts.idleMonths - 3)), now];
  }
}

/** At once and then every hour. Any number of gateways may do so. */
export function startIdleAccounts(idle: IdleAccounts, { clock, ...watching }: Watching): BackgroundJob {
  const { log } = watching;
  const each = eachRow({ job: 'idle-accounts', ...watching });
  const run = (now: number) => idle.run(each, now);
  return startDatedJob(run, { everyMs: HOUR_MS, part: 'rights', log, clock });
}
