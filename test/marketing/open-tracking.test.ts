import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { dayFromNow, startTestGateway } from '../support/gateway.js';
import { createCampaign } from '../support/people/campaign.js';
import { openTrackingToken } from '../support/people/links.js';
import { blockedStatements } from '../support/stores/postgres.js';

/** Counts are written every second. */
const PATIENCE = { timeout: 10_000 };

describe('the image of a campaign', () => {
  const gateway = useGateway();
  let campaignId: string;
  let image: string;
  beforeAll(async () => {
    campaignId = await createCampaign(gateway, await gateway.admin());
    image = urlOf(openTrackingToken(campaignId));
  });

  const urlOf = (token: string) => new URL(`/o/${token}`, gateway.url).href;
  const counts = () => gateway.query('SELECT campaign_id, day::text, sent, opened FROM campaign_day');
  const counted = (opened: number) => [{ campaign_id: campaignId, day: dayFromNow(0), sent: 0, opened }];

  it('is one pixel that identifies nobody: it sets no cookie and is not cached', async () => {
    const answer = await fetch(image);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/gif');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.toString('latin1', 0, 6)).toBe('GIF89a');
    expect([bytes.readUInt16LE(6), bytes.readUInt16LE(8)]).toEqual([1, 1]);
    await expect.poll(counts, PATIENCE).toEqual(counted(1));
  });

  it('counts each load, except with Global Privacy Control, HEAD or a false token', async () => {
    const others = [
      fetch(image, { headers: { 'sec-gpc': '1' } }),
      fetch(image, { method: 'HEAD' }),
      ...['', 'x', campaignId, `${campaignId}.x`, openTrackingToken(campaignId).slice(0, -1)].map((token) =>
        fetch(urlOf(token)),
      ),
      // A genuine token of a campaign that does not exist.
      fetch(urlOf(openTrackingToken(randomUUID()))),
    ];
    for (const answer of await Promise.all(others)) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('image/gif');
    }
    await Promise.all(Array.from({ length: 30 }, () => fetch(image)));
    await expect.poll(counts, PATIENCE).toEqual(counted(31));
  });

  it('is counted even if Postgres failed meanwhile', async () => {
    await gateway.query('ALTER TABLE campaign_day RENAME TO campaign_day_elsewhere');
    expect((await fetch(image)).status).toBe(200);
    const lost = () => gateway.log.some((line) => line.includes('"dependency.lost"'));
    await expect.poll(lost, PATIENCE).toBe(true);
    await gateway.query('ALTER TABLE campaign_day_elsewhere RENAME TO campaign_day');
    await expect.poll(counts, PATIENCE).toEqual(counted(32));
  });

  it('is counted when it is loaded while counts are written', async () => {
    const [{ opened }] = (await counts()) as [{ opened: number }];
    const client = new pg.Client({ connectionString: gateway.database.url });
    await client.connect();
    await client.query('BEGIN; LOCK TABLE campaign_day');
    await fetch(image);
    await expect.poll(() => blockedStatements(gateway.database.url), PATIENCE).toBe(1);
    await fetch(image);
    await client.query('COMMIT');
    await client.end();
    await expect.poll(counts, PATIENCE).toEqual(counted(opened + 2));
  });

  it('is counted when the gateway stops right afterwards', async () => {
    const other = await startTestGateway();
    const id = await createCampaign(other, await other.admin());
    await fetch(new URL(`/o/${openTrackingToken(id)}`, other.url));
    await other.gateway.stop();
    expect(await other.query('SELECT opened FROM campaign_day')).toEqual([{ opened: 1 }]);
    await other.stop();
  });
});
