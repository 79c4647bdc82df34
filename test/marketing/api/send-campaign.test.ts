import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow } from '../../support/gateway.js';
import { freshFactor } from '../../support/people/account.js';
import { createCampaign, sendCampaign } from '../../support/people/campaign.js';
import { waitingMails } from '../../support/people/links.js';
import { blockedStatements } from '../../support/stores/postgres.js';

/** No mail server can be reached, so what was queued can be read. */
describe('sendCampaign', () => {
  const gateway = useGateway();
  let token: string;
  beforeAll(async () => {
    token = await gateway.admin();
    // Staff are people, too; here they would be in the way.
    await gateway.query(
      `INSERT INTO consent (account_id, sequence, purpose, processor, granted, source, policy_version, day)
       SELECT id, 1, 'marketing', '', false, 'person', '1', '2026-11-01' FROM account`,
    );
  });

  const recipients = async (campaignId: string) => {
    const mails = await waitingMails(gateway.database.url);
    return mails
      .filter((mail) => mail.template === 'campaign')
      .filter((mail) => mail.campaignId === campaignId)
      .map(({ accountId }) => accountId)
      .sort();
  };
  /** More than are read at a time; gone after the test. */
  const manyAccounts = async () => {
    const accounts = await gateway.query(
      `INSERT INTO account (id, email, password_hash, role, country)
       SELECT gen_random_uuid(), 'many-' || n || '@example.com', 'hash', 'user', 'US' FROM generate_series(1, 2500) AS n
       RETURNING id`,
    );
    onTestFinished(async () => {
      await gateway.query(`DELETE FROM account WHERE email LIKE 'many-%'`);
    });
    return accounts.map(({ id }) => id);
  };
  const say = (account: { token: string }, granted: boolean) =>
    gateway.call({
      query: `mutation ($granted: Boolean!) {
        setConsent(input: { purpose: MARKETING, granted: $granted }) { userErrors { code } }
      }`,
      variables: { granted },
      token: account.token,
    });

  it('queues one mail for everybody who may be sent marketing, by what they said and by their country', async () => {
    const optOut = await gateway.account({ country: 'US' });
    const optedIn = await gateway.account({ country: 'DE' });
    const objector = await gateway.account({ country: 'US' });
    await gateway.account({ country: 'DE' });
    await say(optedIn, true);
    await say(objector, false);
    const campaignId = await createCampaign(gateway, token);
    const payload = await sendCampaign(gateway, token, campaignId);
    expect(payload).toEqual({ campaign: { sentOn: dayFromNow(0) }, userErrors: [] });
    expect(await recipients(campaignId)).toEqual([optOut.id, optedIn.id].sort());
  });

  it('reaches more accounts than are read at a time', async () => {
    const ids = await manyAccounts();
    const campaignId = await createCampaign(gateway, token);
    await sendCampaign(gateway, token, campaignId);
    const reached = await recipients(campaignId);
    expect(new Set(reached).size).toBe(reached.length);
    expect(reached).toEqual(expect.arrayContaining(ids));
  });

  it('sends a campaign once, also when three ask at the same time', async () => {
    await gateway.account();
    const campaignId = await createCampaign(gateway, token);
    const client = new pg.Client({ connectionString: gateway.database.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM campaign WHERE id = $1 FOR UPDATE', [campaignId]);
    const answers = Promise.all([1, 2, 3].map(() => sendCampaign(gateway, token, campaignId)));
    await expect.poll(() => blockedStatements(gateway.database.url), { timeout: 10_000 }).toBe(3);
    await client.query('COMMIT');
    await client.end();
    const payloads = await answers;
    const refusals = payloads.filter(({ campaign }) => campaign === null);
    expect(refusals).toHaveLength(2);
    for (const refusal of [...refusals, await sendCampaign(gateway, token, campaignId)]) {
      expect(refusal).toEqual({
        campaign: null,
        userErrors: [{ field: 'id', code: 'CAMPAIGN_SENT' }],
      });
    }
    const reached = await recipients(campaignId);
    expect(new Set(reached).size).toBe(reached.length);
  });

  it('queues nothing when something fails on the way, and can be sent again', async () => {
    await manyAccounts();
    const campaignId = await createCampaign(gateway, token);
    // The last mails are fewer than those that were queued together before.
    await gateway.query(`
      CREATE FUNCTION refuse_few() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT count(*) FROM added) < 1000 THEN RAISE 'few'; END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER refuse_few AFTER INSERT ON graphile_worker._private_jobs
      REFERENCING NEW TABLE AS added EXECUTE FUNCTION refuse_few()`);
    const { errors } = await gateway.call({
      query: `mutation { sendCampaign(input: { id: "${campaignId}" }) { userErrors { code } } }`,
      token,
      headers: freshFactor(token),
    });
    await gateway.query('DROP FUNCTION refuse_few CASCADE');
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(await recipients(campaignId)).toEqual([]);
    expect((await sendCampaign(gateway, token, campaignId)).userErrors).toEqual([]);
    expect((await recipients(campaignId)).length).toBeGreaterThanOrEqual(2500);
  });

  it.each([
    ['a campaign that is not there', randomUUID()],
    ['an id that is none', 'newsletter'],
  ])('refuses %s', async (_what, campaignId) => {
    expect(await sendCampaign(gateway, token, campaignId)).toEqual({
      campaign: null,
      userErrors: [{ field: 'id', code: 'UNKNOWN_CAMPAIGN' }],
    });
  });
});

describe('sendCampaign without POSTAL_ADDRESS', () => {
  const gateway = useGateway({ config: { postalAddress: null } });

  it('sends nothing, says what is missing: POSTAL_ADDRESS_MISSING, and leaves the campaign to be sent later', async () => {
    const token = await gateway.admin();
    const campaignId = await createCampaign(gateway, token);
    expect(await sendCampaign(gateway, token, campaignId)).toEqual({
      campaign: null,
      userErrors: [{ field: null, code: 'POSTAL_ADDRESS_MISSING' }],
    });
    expect(await waitingMails(gateway.database.url)).toEqual([]);
    expect(await gateway.query('SELECT sent_on FROM campaign')).toEqual([{ sent_on: null }]);
  });
});
