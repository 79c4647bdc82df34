import { describe, expect, it } from 'vitest';
import { SubmitRightsRequest } from '../../client/index.js';
import { createDataSource } from '../../ormconfig.js';
import { privacyLawsFile } from '../../src/config/policy.js';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { DAY_MS } from '../../src/lib/durations.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { loadPrivacyLaws } from '../../src/services/policy/laws.js';
import { RequestExpiry } from '../../src/services/rights/expiry.js';
import { RightsRequests } from '../../src/services/rights/requests.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import { someSource } from '../support/gateway.js';
import { overtaken } from '../support/stores/overtaken.js';

const laws = await loadPrivacyLaws(privacyLawsFile);

describe('a request that nobody goes on with', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let now = Date.parse('2027-12-30T12:00:00Z');

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

  it('does not let anyone fill a mailbox: an address gets a mail about expiry only if a link was mailed to it', async () => {
    const { email } = await gateway.account();
    for (let asked = 0; asked < 23; asked += 1) {
      const input = { kind: 'ACCESS', email } as const;
      const { data } = await gateway.ask(SubmitRightsRequest, { input }, { source: someSource() });
      expect(data.submitRightsRequest.userErrors).toEqual([]);
    }
    now += 3 * DAY_MS;
    const waiting = "SELECT FROM rights_request WHERE status = 'identity-required'";
    await expect.poll(() => gateway.query(waiting), { timeout: 20_000 }).toEqual([]);
    const queued = 'SELECT FROM graphile_worker._private_jobs';
    await expect.poll(() => gateway.query(queued), { timeout: 20_000 }).toEqual([]);
    const expired = mails.accepted.filter(
      ({ to, mail }) => to === email && mail.subject?.endsWith('has expired'),
    );
    expect(expired).toHaveLength(20);
  });

  it('is left alone when somebody goes on with it after a gateway has read the list', async () => {
    const reference = await submit();
    const source = await createDataSource(gateway.database.url).initialize();
    const keyring = new Keyring(gateway.config.secretKey);
    const requests = new RightsRequests({ keyring, laws, outbox: new Outbox(keyring), clock: () => now });
    const goOn = `mutation { sendRightsRequestLink(input: { reference: "${reference}" }) { userErrors { code } } }`;
    // Of a gateway whose clock is ahead, so that the request is over for it and for nobody else.
    const later = () => now + 3 * DAY_MS;
    const extend = async () => {
      await gateway.call({ query: goOn });
      await source.query('UPDATE rights_request_subject SET expires_on = $1', [daysAfter(today(later()), 1)]);
    };
    const database = overtaken(source, 'rights_request_subject', extend);
    await new RequestExpiry({ database, requests, clock: later }).run();
    expect(await seen(reference)).toMatchObject({ status: 'IDENTITY_REQUIRED' });
    await source.destroy();
  });
});
