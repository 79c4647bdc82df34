import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestAccount } from '../support/account.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type MailServer, startMailServer, tokenIn } from '../support/mail-server.js';

const DAY_MS = 86_400_000;
const SEEN = 'id kind status receivedOn dueOn erasesOn events { day status }';

describe('a privacy request, from its submission to its outcome', () => {
  let mails: MailServer;
  let gateway: TestGateway;
  let dpo: { token: string };
  let now = Date.parse('2027-01-29T10:00:00Z');
  beforeAll(async () => {
    mails = await startMailServer();
    gateway = await startTestGateway({ config: { smtpUrl: mails.url }, clock: () => now });
    dpo = { token: await gateway.dpo() };
  });
  afterAll(async () => {
    await gateway?.stop();
    await mails?.stop();
  });

  type As = { token?: string; headers?: Record<string, string> };
  const fresh = ({ token, fresh }: TestAccount): As => ({ token, headers: fresh });
  const later = (days: number) => {
    now += days * DAY_MS;
  };

  async function mutate(name: string, input: object, fields: string, as: As = {}) {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { field code } } }`;
    const { data, errors } = await gateway.call({ query, variables: { input }, ...as });
    expect(errors).toBeUndefined();
    return data[name];
  }
  async function succeed(...args: Parameters<typeof mutate>) {
    const payload = await mutate(...args);
    expect({ name: args[0], faults: payload.userErrors }).toEqual({ name: args[0], faults: [] });
    return payload;
  }
  async function submit(input: object, as: As = {}) {
    return succeed('submitRightsRequest', input, `reference request { ${SEEN} }`, as);
  }
  async function own(account: TestAccount, id: string, fields = SEEN) {
    const query = `{ viewer { rightsRequests { ${fields.includes('id') ? '' : 'id '}${fields} } } }`;
    const { data, errors } = await gateway.call({ query, token: account.token });
    expect(errors).toBeUndefined();
    return data.viewer.rightsRequests.find((each: { id: string }) => each.id === id);
  }
  const becomes = (account: TestAccount, id: string, status: string) =>
    expect.poll(async () => (await own(account, id)).status, { timeout: 20_000 }).toBe(status);
  /** Mails to the address until one says it. */
  async function mailSaying(address: string, text: RegExp) {
    for (;;) {
      const mail = await mails.next(address);
      if (text.test(`${mail.subject}\n${mail.text}`)) return mail;
    }
  }
  async function archiveOf(account: TestAccount, id: string): Promise<Response> {
    const { path } = await succeed('downloadExport', { id }, 'path', fresh(account));
    return fetch(new URL(path, gateway.url));
  }

  it.each(['ACCESS', 'PORTABILITY'])('%s ends in an archive that is there for seven days', async (kind) => {
    const anna = await gateway.account({ country: 'DE' });
    const { request } = await submit({ kind }, fresh(anna));
    expect(request).toMatchObject({ kind, status: 'IN_PROGRESS' });
    await becomes(anna, request.id, 'FULFILLED');
    const answer = await archiveOf(anna, request.id);
    expect(answer.headers.get('content-type')).toBe('application/zip');
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
    later(8);
    const gone = await mutate('downloadExport', { id: request.id }, 'path', fresh(anna));
    expect(gone.userErrors).toHaveLength(1);
  });

  it('deletion waits seven days, and then nothing of the person is left but that somebody asked', async () => {
    const bert = await gateway.account({ country: 'DE' });
    const { request } = await submit({ kind: 'DELETION' }, fresh(bert));
    expect(request.status).toBe('IN_PROGRESS');
    later(6);
    expect((await own(bert, request.id)).status).toBe('IN_PROGRESS');
    later(1);
    await mailSaying(bert.email, /closed/);
    const kept = () =>
      gateway.query('SELECT account_id, status, sealed_details FROM rights_request WHERE id = $1', [
        request.id,
      ]);
    await expect
      .poll(kept, { timeout: 20_000 })
      .toEqual([{ account_id: null, status: 'fulfilled', sealed_details: null }]);
    expect(await gateway.query('SELECT 1 FROM account WHERE id = $1', [bert.id])).toEqual([]);
    expect(await gateway.query('SELECT 1 FROM erasure')).toEqual([]);
  });

  it('deletion can be taken back for seven days', async () => {
    const carl = await gateway.account({ country: 'DE' });
    const { request } = await submit({ kind: 'DELETION' }, fresh(carl));
    later(6);
    await succeed('withdrawRightsRequest', { id: request.id }, `request { ${SEEN} }`, fresh(carl));
    later(2);
    const dora = await gateway.account({ country: 'DE' });
    const other = await submit({ kind: 'DELETION' }, fresh(dora));
    later(7);
    await mailSaying(dora.email, /closed/);
    expect(other.request.id).not.toBe(request.id);
    expect((await own(carl, request.id)).status).toBe('WITHDRAWN');
  });

  it('restriction and objection hold at once, and withdrawal goes into the ledger of consent', async () => {
    const emil = await gateway.account({ country: 'DE' });
    const grant = { purpose: 'MARKETING', granted: true };
    await succeed('setConsent', grant, '', { token: emil.token });
    for (const input of [
      { kind: 'RESTRICTION' },
      { kind: 'OBJECTION', objections: ['MARKETING', 'STATISTICS', 'DIAGNOSTICS'] },
      { kind: 'WITHDRAWAL_OF_CONSENT', purposes: ['MARKETING'] },
    ]) {
      expect((await submit(input, fresh(emil))).request).toMatchObject({ status: 'FULFILLED' });
    }
    const query = '{ viewer { restrictsProcessing objectsToStatistics consents { purpose granted } } }';
    const { viewer } = (await gateway.call({ query, token: emil.token })).data;
    expect(viewer).toMatchObject({ restrictsProcessing: true, objectsToStatistics: true });
    expect(viewer.consents).toContainEqual({ purpose: 'MARKETING', granted: false });
  });

  it('correction of the address is decided by the data protection officer, who may need longer', async () => {
    const fritz = await gateway.account({ country: 'DE', locale: 'de' });
    const correction = { field: 'EMAIL', value: 'fritz.neu@example.com' };
    const { request } = await submit(
      { kind: 'CORRECTION', correction, statement: 'The mailbox is gone.' },
      fresh(fritz),
    );
    await succeed('takeRightsRequest', { id: request.id }, '', dpo);
    await succeed('extendRightsRequest', { id: request.id, reason: 'COMPLEXITY' }, '', dpo);
    expect((await own(fritz, request.id)).dueOn > request.dueOn).toBe(true);
    await succeed('fulfilRightsRequest', { id: request.id }, '', dpo);
    expect(await gateway.query('SELECT email FROM account WHERE id = $1', [fritz.id])).toEqual([
      { email: 'fritz.neu@example.com' },
    ]);
  });

  it('complaint is answered, and tells from its first day which authority there is', async () => {
    const greta = await gateway.account({ country: 'AT' });
    const { request } = await submit({ kind: 'COMPLAINT', statement: 'Too many mails.' }, fresh(greta));
    expect((await own(greta, request.id, 'authority { name url }')).authority.url).toMatch(/dsb\.gv\.at/);
    await succeed('takeRightsRequest', { id: request.id }, '', dpo);
    await succeed('fulfilRightsRequest', { id: request.id, answer: 'We have looked into it.' }, '', dpo);
    expect(await own(greta, request.id, 'status answer')).toMatchObject({
      status: 'FULFILLED',
      answer: 'We have looked into it.',
    });
  });

  it('a denial names the authority and the court', async () => {
    const hans = await gateway.account({ country: 'DE', locale: 'de' });
    const correction = { field: 'USAGE', day: '2027-01-01' };
    const { request } = await submit({ kind: 'CORRECTION', correction }, fresh(hans));
    await succeed('takeRightsRequest', { id: request.id }, '', dpo);
    await succeed('denyRightsRequest', { id: request.id, reason: 'DATA_ACCURATE' }, '', dpo);
    const mail = await mailSaying(hans.email, /Gericht/);
    expect(mail.text).toMatch(/https:\/\/www\.bfdi\.bund\.de/);
    expect(await own(hans, request.id, 'status denialReason')).toMatchObject({
      status: 'DENIED',
      denialReason: 'DATA_ACCURATE',
    });
  });

  it('whoever is not signed in shows by a link to the account’s own address that they ask', async () => {
    const ida = await gateway.account({ country: 'DE' });
    const asked = await submit({ kind: 'ACCESS', email: ida.email, country: 'DE' });
    const nobody = await submit({ kind: 'ACCESS', email: 'nobody@example.com', country: 'DE' });
    expect(asked.request.status).toBe('IDENTITY_REQUIRED');
    expect({ ...nobody.request, id: '' }).toEqual({ ...asked.request, id: '' });
    const link = tokenIn(await mails.next(ida.email));
    await succeed('confirmRightsRequest', { token: link }, 'request { status }');
    await becomes(ida, asked.request.id, 'FULFILLED');
    later(4);
    const status = async () => {
      const query = 'query ($reference: String!) { rightsRequest(reference: $reference) { status } }';
      return (await gateway.call({ query, variables: { reference: nobody.reference } })).data.rightsRequest
        .status;
    };
    await expect.poll(status, { timeout: 20_000 }).toBe('EXPIRED');
    expect(mails.accepted.filter(({ to }) => to === 'nobody@example.com')).toEqual([]);
  });

  it('an agent asks with the signed permission, and the owner confirms', async () => {
    const jana = await gateway.account({ country: 'DE' });
    const agent = { name: 'Data Helpers', email: 'desk@agents.example' };
    const { request, reference } = await submit({ kind: 'ACCESS', email: jana.email, country: 'DE', agent });
    expect(request.status).toBe('SUBMITTED');
    const permission = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
    const sent = await fetch(new URL('/rights-requests/permission', gateway.url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${reference}`, 'content-type': 'application/pdf' },
      body: permission,
    });
    expect(sent.ok).toBe(true);
    const mail = await mails.next(jana.email);
    expect(mail.text).toContain('Data Helpers');
    await succeed('confirmRightsRequest', { token: tokenIn(mail) }, 'request { status }');
    await becomes(jana, request.id, 'FULFILLED');
    expect(await gateway.query('SELECT 1 FROM rights_request_document')).toEqual([]);
    const archive = await archiveOf(jana, request.id);
    expect((await archive.arrayBuffer()).byteLength).toBeGreaterThan(1000);
  });
});
