// Counts the results of campaign mails by campaign and day. It never learns whose mail it was.
import type { DataSource } from 'typeorm';
import { everyRow } from '../../jobs/each-row.js';
import { type BackgroundJob, startJob } from '../../jobs/jobs.js';
import { type Day, today } from '../../lib/calendar.js';
import type { MailResult } from '../../mail/mail.js';
import type { Logger } from '../../runtime/log.js';

const WRITE_EVERY_MS = 1000;

type Count = MailResult | 'opened';
const COUNTS = ['sent', 'delayed', 'bounced', 'opened'] as const satisfies readonly Count[];

/** Does nothing for a campaign that is gone. $1: its id, $2: a day, then COUNTS. */
const ADD = `
  INSERT INTO campaign_day AS counted (campaign_id, day, ${COUNTS.join(', ')})
  SELECT id, $2::date, $3::integer, $4::integer, $5::integer, $6::integer FROM campaign WHERE id = $1
  ON CONFLICT (campaign_id, day) DO UPDATE
  SET ${COUNTS.map((count) => `${count} = counted.${count} + excluded.${count}`).join(', ')}`;

interface Counted {
  readonly campaignId: string;
  readonly day: Day;
  readonly counts: Readonly<Record<Count, number>>;
}

const NOTHING: Readonly<Record<Count, number>> = { sent: 0, delayed: 0, bounced: 0, opened: 0 };

export class CampaignCounter {
  /** Counts that are not written yet, by day and campaign. Writing the row of a campaign's day for each mail would be slow. */
  private readonly unwritten = new Map<string, Counted>();

  constructor(private readonly database: Pick<DataSource, 'query'>) {}

  /** Counts one more today. Does not wait for the database. */
  count(campaignId: string, what: Count): void {
    const day = today();
    const key = `${day} ${campaignId}`;
    const { counts } = this.unwritten.get(key) ?? { counts: NOTHING };
    this.unwritten.set(key, { campaignId, day, counts: { ...counts, [what]: counts[what] + 1 } });
  }

  /** Writes the counts. Those that cannot be written stay for the next time. */
  async write(): Promise<void> {
    await everyRow(
      'counts',
      [...this.unwritten],
      ([key]) => key,
      async ([key, { campaignId, day, counts }]) => {
        await this.database.query(ADD, [campaignId, day, ...COUNTS.map((count) => counts[count])]);
        const now = this.unwritten.get(key)!;
        const more = Object.fromEntries(COUNTS.map((count) => [count, now.counts[count] - counts[count]]));
        if (Object.values(more).every((count) => count === 0)) this.unwritten.delete(key);
        else this.unwritten.set(key, { ...now, counts: more as Record<Count, number> });
      },
    );
  }
}

/** Writes every second, and once more when it is stopped. A kill loses the counts of one second, and no mail. */
export function startCampaignCounting(counter: CampaignCounter, log: Logger): BackgroundJob {
  const write = () => counter.write();
  const job = startJob(write, { everyMs: WRITE_EVERY_MS, part: 'postgres', log });
  return {
    async stop() {
      await job.stop();
      // If Postgres is away, a few counts are lost: the gateway has to stop.
      await write().catch(() => {});
    },
  };
}
