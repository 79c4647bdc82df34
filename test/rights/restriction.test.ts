import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { ConsentService } from '../../src/services/consent/consent.js';
import { campaignMail } from '../../src/services/marketing/mails/campaign.js';
import { UnsubscribeLinks } from '../../src/services/marketing/unsubscribe-links.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../support/gateway.js';
import type { TestAccount } from '../support/people/account.js';
import { callAsNode, handleOf, makeNode, RECORD_USAGE } from '../support/people/vpn-node.js';
import { SECRET_KEY } from '../support/settings.js';

describe('a restriction of processing or an objection is respected by', () => {
  let gateway: TestGateway;
  let database: DataSource;
  let consent: ConsentService;
  let anna: TestAccount;
  beforeAll(async () => {
    gateway = await startTestGateway();
    database = await createDataSource(gateway.database.url).initialize();
    consent = new ConsentService(
      database,
      { allows: async () => true },
      { optOutCountries: ['US'], processors: [], policyVersion: () => '2026-11-01' },
    );
  });
  afterAll(async () => {
    await database?.destroy();
    await gateway?.stop();
  });
  beforeEach(async () => {
    anna = await gateway.account({ country: 'US' });
  });

  async function mutate(operation: string) {
    const as = { token: anna.token, headers: anna.fresh };
    const { data, errors } = await gateway.call({ query: `mutation { ${operation} }`, ...as });
    expect(errors).toBeUndefined();
    return Object.values<Record<string, unknown>>(data)[0]!;
  }
  const submit = (input: string) =>
    mutate(`submitRightsRequest(input: { ${input} }) { rightsRequest { status } userErrors { code } }`);
  /** Each way of saying no, to what. */
  const RESTRICTION = 'kind: RESTRICTION';
  const objection = (to: string) => `kind: OBJECTION, objections: [${to}]`;

  it.each([RESTRICTION, objection('MARKETING')])('marketing: recipients and sending (%s)', async (input) => {
    const recipients = async () =>
      (await consent.marketingRecipients(database.manager, null, 1000)).includes(anna.id);
    const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
    const parts = {
      database,
      consent,
      counter: { count: () => {} },
      openTracking: { token: () => '' },
      unsubscribeLinks: new UnsubscribeLinks(keyring, consent),
      publicUrl: 'https://x.example',
      subjectMarks: new Map(),
    };
    const campaignId = 'd3b07384-d113-4ec6-a7f5-0d9d7b9c9e10';
    const draft = () => campaignMail.draft({ accountId: anna.id, campaignId }, parts);
    await gateway.query("INSERT INTO campaign (id, name) VALUES ($1, 'x') ON CONFLICT DO NOTHING", [
      campaignId,
    ]);
    await gateway.query(
      "INSERT INTO campaign_text VALUES ($1, 'en', 'Subject', 'Body') ON CONFLICT DO NOTHING",
      [campaignId],
    );
    expect([await recipients(), (await draft()) !== null]).toEqual([true, true]);
    await submit(input);
    expect([await recipients(), await draft()]).toEqual([false, null]);
  });

  it.each([RESTRICTION, objection('DIAGNOSTICS')])('diagnostics (%s)', async (input) => {
    await mutate('setConsent(input: { purpose: DIAGNOSTICS, granted: true }) { userErrors { code } }');
    expect(await consent.permits(anna.id, 'diagnostics')).toBe(true);
    await submit(input);
    expect(await consent.permits(anna.id, 'diagnostics')).toBe(false);
  });

  it.each([RESTRICTION, objection('STATISTICS')])('statistics: usage and apps (%s)', async (input) => {
    const node = await makeNode(gateway);
    const handle = await handleOf(gateway, anna.id);
    const rows = async (part: number) => {
      const row = { handle, location: node.location, country: 'DE', provider: 64496, connected: true };
      const report = { day: dayFromNow(-1), part, rows: [{ ...row, megabytes: 1 }] };
      await callAsNode(gateway, { query: RECORD_USAGE, variables: { input: report }, token: node.token });
      return (await gateway.query('SELECT FROM usage_report_row WHERE account_id = $1', [anna.id])).length;
    };
    const record = 'recordApp(input: { platform: IOS, version: "1.0" }) { recorded }';
    expect(await rows(1)).toBe(1);
    await submit(input);
    expect(await rows(2)).toBe(1);
    expect(await mutate(record)).toEqual({ recorded: false });
  });

  it('support, who see nothing of a restricted account, until its owner lifts that', async () => {
    const token = await gateway.support();
    const look = async () => {
      const query = `{ supportUsage(account: "${anna.id}", caseReference: "1", reason: APP_PROBLEM) { objectsToStatistics } }`;
      return gateway.call({ query, token });
    };
    await submit(RESTRICTION);
    expect((await look()).errors?.[0]?.message).toContain('restricted');
    expect(await gateway.query('SELECT FROM staff_access WHERE account_id = $1', [anna.id])).toEqual([]);
    await mutate('liftRestriction { userErrors { code } }');
    expect((await look()).data.supportUsage).toEqual({ objectsToStatistics: false });
  });

  it('nobody any more when it is lifted, or the objection withdrawn', async () => {
    await submit(RESTRICTION);
    await submit(objection('STATISTICS'));
    const query = '{ viewer { restrictsProcessing objectsToStatistics } }';
    const viewer = async () => (await gateway.call({ query, token: anna.token })).data.viewer;
    expect(await viewer()).toEqual({ restrictsProcessing: true, objectsToStatistics: true });
    await mutate('liftRestriction { userErrors { code } }');
    await mutate('withdrawStatisticsObjection { userErrors { code } }');
    expect(await viewer()).toEqual({ restrictsProcessing: false, objectsToStatistics: false });
  });
});
