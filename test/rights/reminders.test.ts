import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/lib/durations.js';
import { useGateway, useMailServer } from '../support/fixtures.js';

const DPO = 'dpo@cyberspacevpn.example';

describe('reminders of last days', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let now = Date.parse('2027-03-02T12:00:00Z');

  const gauge = async (name: string) => {
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return Number(new RegExp(`^gateway_rights_requests_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  const gauges = async () => [await gauge('open'), await gauge('overdue')];

  it('come seven, three and one day ahead, on the day and once after, name nobody, and are counted', async () => {
    const anna = await gateway.account({ country: 'DE' });
    const complaint = 'kind: COMPLAINT, statement: "Too many mails."';
    const query = `mutation { submitRightsRequest(input: { ${complaint} }) { rightsRequest { id dueOn } } }`;
    const { data } = await gateway.call({ query, token: anna.token, headers: anna.fresh });
    const { id, dueOn } = data.submitRightsRequest.rightsRequest;
    expect(dueOn).toBe('2027-04-02');
    await expect.poll(gauges).toEqual([1, 0]);
    for (const days of [24, 4, 2, 1, 1]) {
      now += days * DAY_MS;
      const { text } = await mails.next(DPO);
      expect(text).toContain(`complaint ${id}`);
      expect(text).not.toContain(anna.email);
    }
    await expect.poll(gauges).toEqual([1, 1]);
    expect(mails.accepted.filter(({ to }) => to === DPO)).toHaveLength(5);
  });

  it('start again for the last day of an extension', async () => {
    const berta = await gateway.account({ country: 'DE' });
    const complaint = 'kind: COMPLAINT, statement: "Still too many."';
    const query = `mutation { submitRightsRequest(input: { ${complaint} }) { rightsRequest { id } } }`;
    const { data } = await gateway.call({ query, token: berta.token, headers: berta.fresh });
    const { id } = data.submitRightsRequest.rightsRequest;
    const due = async () => {
      const [row] = await gateway.query('SELECT due_on::text AS day FROM rights_request WHERE id = $1', [id]);
      return Date.parse(`${row?.day}T12:00:00Z`);
    };
    const reminded = async (ahead: number) => {
      now = (await due()) - ahead * DAY_MS;
      expect((await mails.next(DPO)).text).toContain(id);
    };
    await reminded(1);
    const input = `input: { id: "${id}", reason: COMPLEXITY }`;
    const extend = `mutation { takeRightsRequest(input: { id: "${id}" }) { userErrors { code } }
      extendRightsRequest(${input}) { userErrors { code } } }`;
    const answer = await gateway.call({ query: extend, token: await gateway.dpo() });
    expect(answer.data.extendRightsRequest.userErrors).toEqual([]);
    for (const ahead of [7, 3, 1, 0]) await reminded(ahead);
  });
});
