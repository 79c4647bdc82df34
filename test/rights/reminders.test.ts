import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';

const DAY_MS = 86_400_000;
const DPO = 'dpo@cyberspacevpn.example';

describe('reminders of last days', () => {
  let mails: MailServer;
  let gateway: TestGateway;
  let now = Date.parse('2027-03-02T12:00:00Z');
  beforeAll(async () => {
    mails = await startMailServer();
    gateway = await startTestGateway({ config: { smtpUrl: mails.url }, clock: () => now });
  });
  afterAll(async () => {
    await gateway?.stop();
    await mails?.stop();
  });

  const gauge = async (name: string) => {
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return Number(new RegExp(`^gateway_rights_requests_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  const gauges = async () => [await gauge('open'), await gauge('overdue')];

  it('come seven, three and one day ahead and once after, name nobody, and are counted', async () => {
    const anna = await gateway.account({ country: 'DE' });
    const complaint = 'kind: COMPLAINT, statement: "Too many mails."';
    const query = `mutation { submitRightsRequest(input: { ${complaint} }) { request { id dueOn } } }`;
    const { data } = await gateway.call({ query, token: anna.token, headers: anna.fresh });
    const { id, dueOn } = data.submitRightsRequest.request;
    expect(dueOn).toBe('2027-04-02');
    await expect.poll(gauges).toEqual([1, 0]);
    for (const days of [24, 4, 2, 2]) {
      now += days * DAY_MS;
      const { text } = await mails.next(DPO);
      expect(text).toContain(`complaint ${id}`);
      expect(text).not.toContain(anna.email);
    }
    await expect.poll(gauges).toEqual([1, 1]);
    expect(mails.accepted.filter(({ to }) => to === DPO)).toHaveLength(4);
  });
});
