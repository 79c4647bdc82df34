// Counts what becomes of campaigns' mails, by campaign and day: nothing that comes here says, or could say, whose mail it
// was.
import type { DataSource } from 'typeorm';
import { type Day, today } from '../day.js';
import type { MailObserver, MailResult } from '../mail/worker.js';
import type { Logger } from '../operations/log.js';
import { type Passes, startPasses } from '../operations/passes.js';
import type { Keyring } from '../secrets/keyring.js';
import { everyRow } from './each-row.js';

const WRITE_EVERY_MS = 1000;

type Count = MailResult | 'opened';

export class CampaignCounter {
  /** Openings that are not written yet, by day and campaign. */
  private readonly openings = new Map<string, { campaignId: string; day: Day; count: number }>();

  constructor(
    private readonly database: DataSource,
    private readonly keyring: Keyring,
  ) {}

  readonly countMail: MailObserver = async (mail, result) => {
    if (mail.template === 'campaign') await this.add(mail.campaignId, today(), result, 1);
  };

  /** Stands for the campaign in the address of an image: the same in every mail, and nobody else can make one. */
  openingToken(campaignId: string): string {
    return `${campaignId}.${this.keyring.digest('campaign-opening', campaignId)}`;
  }

  /** Counts an opening; a false token is of no campaign. Whoever loads the image does not wait for the database. */
  countOpening(token: string): void {
    const campaignId = token.split('.')[0]!;
    if (token !== this.openingToken(campaignId)) return;
    const day = today();
    const key = `${day} ${campaignId}`;
    const count = (this.openings.get(key)?.count ?? 0) + 1;
    this.openings.set(key, { campaignId, day, count });
  }

  /** Writes the openings that have been counted; those that could not be written stay for the next time. */
  async writeOpenings(): Promise<void> {
    await everyRow('openings', [...this.openings], String, async ([key, { campaignId, day, count }]) => {
      await this.add(campaignId, day, 'opened', count);
      const more = this.openings.get(key)!.count - count;
      if (more === 0) this.openings.delete(key);
      else this.openings.set(key, { campaignId, day, count: more });
    });
  }

  private async add(campaignId: string, day: Day, count: Count, more: number): Promise<void> {
    await this.database.query(
      `INSERT INTO campaign_day (campaign_id, day, ${count}) SELECT id, $2, $3 FROM campaign WHERE id = $1
       ON CONFLICT (campaign_id, day) DO UPDATE SET ${count} = campaign_day.${count} + excluded.${count}`,
      [campaignId, day, more],
    );
  }
}

/** Writes openings every second, and once more when it is stopped. */
export function startCampaignCounting(counter: CampaignCounter, log: Logger): Passes {
  const write = () => counter.writeOpenings();
  const passes = startPasses(write, { everyMs: WRITE_EVERY_MS, part: 'postgres', log });
  return {
    async stop() {
      await passes.stop();
      // Postgres is away: a few openings less do not matter, and the gateway has to stop.
      await write().catch(() => {});
    },
  };
}
