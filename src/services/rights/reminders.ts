// Reminds the data protection officer ahead of last days, and counts what is open and what is overdue.

import type { DataSource } from 'typeorm';
import type { Watching } from '../../jobs/each-row.js';
import { type BackgroundJob, startDatedJob } from '../../jobs/jobs.js';
import { type Clock, type Day, daysFrom } from '../../lib/calendar.js';
import type { Outbox } from '../../mail/outbox.js';
import type { PrivacyLaws } from '../policy/laws.js';
import { rightsReminderMail } from './mails/rights-reminder.js';

const RUN_EVERY_MS = 1000;
/** Days before the last day on which there is a reminder; there is one more when it is over. */
const LEVELS = [0, 1, 3, 7] as const;
const FIRST_LEVEL = 7;
const OVER = -1;

export interface RightsCounts {
  readonly open: number;
  readonly overdue: number;
}

export class RightsReminders {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly laws: Pick<PrivacyLaws, 'latestDays'>;
      readonly outbox: Outbox;
      readonly clock: Clock;
    },
  ) {}

  /** One mail for all that have come nearer, however many gateways look. */
  async remind(now: number = this.parts.clock()): Promise<void> {
    const { database, laws, outbox } = this.parts;
    const days = laws.latestDays(now);
    await database.transaction(async (manager) => {
      const near = await manager.query<{ id: string; law: string; dueOn: Day; remindedAt: number | null }[]>(
        `SELECT id, law, due_on::text AS "dueOn", reminded_at AS "remindedAt" FROM rights_request
         WHERE closed_on IS NULL AND due_on - $1::integer <= ($2::jsonb ->> law)::date FOR UPDATE SKIP LOCKED`,
        [FIRST_LEVEL, JSON.stringify(days)],
      );
      const nearer = near
        .map(({ id, law, dueOn, remindedAt }) => ({ id, level: levelOf(days[law]!, dueOn), remindedAt }))
        .filter(({ level, remindedAt }) => remindedAt === null || level < remindedAt);
      if (nearer.length === 0) return;
      for (const { id, level } of nearer) {
        await manager.query('UPDATE rights_request SET reminded_at = $2 WHERE id = $1', [id, level]);
      }
      await outbox.put(manager, rightsReminderMail, { requestIds: nearer.map(({ id }) => id) });
    });
  }

  /** `near`: how many have come so near that there may have to be a reminder. */
  async counts(now: number = this.parts.clock()): Promise<RightsCounts & { readonly near: number }> {
    const { database, laws } = this.parts;
    const [counts] = await database.query<(RightsCounts & { near: number })[]>(
      `SELECT count(*)::integer AS open,
         (count(*) FILTER (WHERE due_on < ($1::jsonb ->> law)::date))::integer AS overdue,
         (count(*) FILTER (WHERE due_on - $2::integer <= ($1::jsonb ->> law)::date))::integer AS near
       FROM rights_request WHERE closed_on IS NULL`,
      [JSON.stringify(laws.latestDays(now)), FIRST_LEVEL],
    );
    return counts!;
  }
}

function levelOf(now: Day, dueOn: Day): number {
  const left = daysFrom(now, dueOn) - 1;
  return left < 0 ? OVER : LEVELS.find((level) => level >= left)!;
}

/** Runs at once and then every second; `report` receives the counts. Any number of gateways may run it. */
export function startReminders(
  reminders: RightsReminders,
  report: (counts: RightsCounts) => void,
  { log, clock }: Pick<Watching, 'log' | 'clock'>,
): BackgroundJob {
  const run = async (now: number) => {
    const { near, ...counts } = await reminders.counts(now);
    report(counts);
    if (near > 0) await reminders.remind(now);
  };
  return startDatedJob(run, { everyMs: RUN_EVERY_MS, together: true, part: 'rights', log, clock });
}
