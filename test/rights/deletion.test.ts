import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/lib/durations.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import type { TestAccount } from '../support/people/account.js';

describe('a request for deletion', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let now = Date.parse('2027-02-25T12:00:00Z');

  async function submit({ token, fresh }: TestAccount) {
    const query =
      'mutation { submitRightsRequest(input: { kind: DELETION }) { rightsRequest { id erasesOn } } }';
    const { data } = await gateway.call({ query, token, headers: fresh });
    return data.submitRightsRequest.rightsRequest as { id: string; erasesOn: string };
  }
  const accounts = (id: string) => gateway.query('SELECT id FROM account WHERE id = $1', [id]);

  it('is carried out after seven days, unless it was withdrawn, and is kept without the person', async () => {
    const [anna, ben] = await Promise.all([1, 2].map(() => gateway.account({ country: 'DE' })));
    const [request, other] = [await submit(anna!), await submit(ben!)];
    expect(request.erasesOn).toBe('2027-03-04');
    const withdraw = `mutation { withdrawRightsRequest(input: { id: "${other.id}" }) { userErrors { code } } }`;
    await gateway.call({ query: withdraw, token: ben!.token });
    now += 6 * DAY_MS;
    await gateway.gateway.reload();
    expect(await accounts(anna!.id)).toHaveLength(1);
    now += DAY_MS;
    await expect.poll(() => accounts(anna!.id), { timeout: 20_000 }).toEqual([]);
    expect((await mails.next(anna!.email)).subject).toMatch(/request/);
    expect((await mails.next(anna!.email)).subject).toBe('Your account is closed');
    const kept = await gateway.query(
      'SELECT account_id, kind, status, closed_on::text, sealed_details FROM rights_request WHERE id = $1',
      [request.id],
    );
    expect(kept).toEqual([
      {
        account_id: null,
        kind: 'deletion',
        status: 'fulfilled',
        closed_on: '2027-03-04',
        sealed_details: null,
      },
    ]);
    const answer = await gateway.call({ query: '{ viewer { account { id } } }', token: anna!.token });
    expect(answer.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect(await accounts(ben!.id)).toHaveLength(1);
  });
});
