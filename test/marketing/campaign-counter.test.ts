import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { today } from '../../src/lib/calendar.js';
import { CampaignCounter } from '../../src/services/marketing/campaign-counter.js';
import { type UsageDatabase, usageDatabase } from '../support/stores/usage-database.js';

let database: UsageDatabase;
beforeAll(async () => {
  database = await usageDatabase();
});
afterAll(() => database?.drop());

describe('the numbers of a campaign', () => {
  /** Statements that change them, and a database that can be away. */
  let statements: number;
  let away: boolean;
  const counting = () => {
    [statements, away] = [0, false];
    const query = async (sql: string, values: unknown[]) => {
      statements += 1;
      if (away) throw new Error('away');
      return database.query(sql, values);
    };
    return new CampaignCounter({ query } as never);
  };
  async function newCampaign(): Promise<string> {
    const id = randomUUID();
    await database.query('INSERT INTO campaign (id, name) VALUES ($1, $2)', [id, id]);
    return id;
  }
  const numbers = (id: string) =>
    database.query(
      'SELECT day::text, sent, delayed, bounced, opened FROM campaign_day WHERE campaign_id = $1',
      [id],
    );

  it('of 20,000 mails are exact, and written in one statement', async () => {
    const counter = counting();
    const id = await newCampaign();
    for (let each = 0; each < 20_000; each += 1) {
      if (each % 2 === 0) counter.count(id, 'delayed');
      counter.count(id, each % 100 === 0 ? 'bounced' : 'sent');
    }
    counter.count(id, 'opened');
    await counter.write();
    expect(statements).toBe(1);
    expect(await numbers(id)).toEqual([
      { day: today(), sent: 19_800, delayed: 10_000, bounced: 200, opened: 1 },
    ]);
  });

  it('add up with those of other gateways, also after the database was away', async () => {
    const [counter, other] = [counting(), counting()];
    const id = await newCampaign();
    counter.count(id, 'sent');
    away = true;
    await expect(counter.write()).rejects.toThrow('away');
    away = false;
    const writing = counter.write();
    // Counted while the write is under way.
    counter.count(id, 'sent');
    other.count(id, 'bounced');
    await writing;
    await Promise.all([counter.write(), other.write()]);
    await Promise.all([counter.write(), other.write()]);
    expect(await numbers(id)).toEqual([{ day: today(), sent: 2, delayed: 0, bounced: 1, opened: 0 }]);
  });

  it('of a deleted campaign are dropped', async () => {
    const counter = counting();
    counter.count(randomUUID(), 'sent');
    await counter.write();
    await counter.write();
    expect(statements).toBe(1);
  });
});
