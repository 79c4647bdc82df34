import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const DAY_MS = 86_400_000;

describe('a request that nobody goes on with', () => {
  let gateway: TestGateway;
  let now = Date.parse('2027-12-30T12:00:00Z');
  beforeAll(async () => {
    gateway = await startTestGateway({ clock: () => now });
  });
  afterAll(() => gateway?.stop());

  async function submit(more = ''): Promise<string> {
    const input = `kind: ACCESS, email: "anna@example.com" ${more}`;
    const query = `mutation { submitRightsRequest(input: { ${input} }) { reference } }`;
    return (await gateway.call({ query })).data.submitRightsRequest.reference;
  }
  const seen = async (reference: string) => {
    const query = `{ rightsRequest(reference: "${reference}") { status denialReason } }`;
    return (await gateway.call({ query })).data.rightsRequest;
  };

  it('expires when its link does, and is denied when an agent sends no permission for seven days', async () => {
    const unopened = await submit();
    const unpermitted = await submit('agent: { name: "Data Helpers", email: "desk@agents.example" }');
    now += 3 * DAY_MS;
    await expect
      .poll(() => seen(unopened), { timeout: 20_000 })
      .toEqual({ status: 'EXPIRED', denialReason: null });
    now += 4 * DAY_MS;
    expect(await seen(unpermitted)).toEqual({ status: 'SUBMITTED', denialReason: null });
    now += DAY_MS;
    await expect
      .poll(() => seen(unpermitted), { timeout: 20_000 })
      .toEqual({ status: 'DENIED', denialReason: 'PERMISSION_MISSING' });
    expect(await gateway.query('SELECT FROM rights_request_subject')).toEqual([]);
  });
});
