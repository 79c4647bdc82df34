import { beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow } from '../../support/gateway.js';
import { createCampaign } from '../../support/people/campaign.js';

describe('campaigns', () => {
  const gateway = useGateway();
  let token: string;
  const [yesterday, today] = [dayFromNow(-1), dayFromNow(0)];
  beforeAll(async () => {
    token = await gateway.admin();
  });

  const count = (id: string, day: string, ...numbers: number[]) =>
    gateway.query('INSERT INTO campaign_day VALUES ($1, $2, $3, $4, $5, $6)', [id, day, ...numbers]);
  const campaigns = async () => {
    const query =
      '{ campaigns { edges { node { id name sentOn statistics { day sent delayed bounced opened } } } } }';
    const { data } = await gateway.call({ query, token });
    const edges: { node: { id: string; sentOn: string | null; statistics: unknown[] } }[] =
      data.campaigns.edges;
    return edges.map(({ node }) => node);
  };
  const statisticsOf = async (id: string) => (await campaigns()).find((each) => each.id === id)?.statistics;

  it('count by day the mails that were sent, delayed, bounced and opened', async () => {
    const id = await createCampaign(gateway, token);
    await count(id, today, 1, 0, 2, 7);
    await count(id, yesterday, 19, 3, 0, 0);
    expect(await statisticsOf(id)).toEqual([
      { day: yesterday, sent: 19, delayed: 3, bounced: 0, opened: 0 },
      { day: today, sent: 1, delayed: 0, bounced: 2, opened: 7 },
    ]);
  });

  it('show no numbers while fewer than 20 mails were sent, on all days together', async () => {
    const id = await createCampaign(gateway, token);
    await count(id, yesterday, 10, 30, 40, 50);
    await count(id, today, 9, 0, 1, 2);
    const hidden = { sent: null, delayed: null, bounced: null, opened: null };
    expect(await statisticsOf(id)).toEqual([
      { day: yesterday, ...hidden },
      { day: today, ...hidden },
    ]);
  });

  it('come with those first that have not been sent, then the newest', async () => {
    const [older, newer, unsent] = [
      await createCampaign(gateway, token),
      await createCampaign(gateway, token),
      await createCampaign(gateway, token),
    ];
    const sent = 'UPDATE campaign SET sent_on = $2 WHERE id = $1';
    await gateway.query(sent, [older, yesterday]);
    await gateway.query(sent, [newer, today]);
    const ids = (await campaigns()).map(({ id }) => id).filter((id) => [older, newer, unsent].includes(id));
    expect(ids).toEqual([unsent, newer, older]);
  });

  it('have no place for a recipient, in the schema or in the database', async () => {
    const { data } = await gateway.call({
      query: '{ __type(name: "CampaignDay") { fields { name } } }',
      token,
    });
    const fields = data.__type.fields.map(({ name }: { name: string }) => name);
    expect(fields).toEqual(['day', 'sent', 'delayed', 'bounced', 'opened']);
    const columns = await gateway.query(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'campaign_day'`,
    );
    expect(columns.map(({ name }) => name).sort()).toEqual(['campaign_id', ...fields].sort());
  });
});
