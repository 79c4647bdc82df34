import { beforeAll, describe, expect, it } from 'vitest';
import {
  ConfirmEmailChange,
  ConfirmRightsAgent,
  ConfirmRightsRequest,
  DenyRightsRequest,
  DownloadExport,
  ExtendRightsRequest,
  FulfilRightsRequest,
  type Operation,
  RightsRequest,
  SetConsent,
  SubmitRightsRequest,
  type SubmitRightsRequestInput,
  TakeRightsRequest,
  ViewerConsents,
  ViewerObjectsToStatistics,
  ViewerRestrictsProcessing,
  ViewerRightsRequests,
  WithdrawRightsRequest,
} from '../../client/index.js';
import { DAY_MS } from '../../src/lib/durations.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import type { Sender } from '../support/http/graphql-client.js';
import { tokenIn } from '../support/mail-server.js';
import type { TestAccount } from '../support/people/account.js';

describe('a privacy request, from its submission to its outcome', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let dpo: { token: string };
  let now = Date.parse('2027-01-29T10:00:00Z');
  beforeAll(async () => {
    dpo = { token: await gateway.dpo() };
  });

  const fresh = ({ token, fresh }: TestAccount): Sender => ({ token, headers: fresh });
  const later = (days: number) => {
    now += days * DAY_MS;
  };

  async function ask<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    as?: Sender,
  ): Promise<Data> {
    const { data, errors } = await gateway.ask(operation, variables, as);
    expect(errors).toBeUndefined();
    return data;
  }
  /** What a mutation gives whose user errors there must not be. */
  async function succeed<Payload extends { userErrors: readonly object[] }, Input>(
    operation: Operation<Readonly<Record<string, Payload>>, { readonly input: Input }>,
    input: Input,
    as?: Sender,
  ): Promise<Payload> {
    const [payload] = Object.values(await ask(operation, { input }, as));
    expect(payload!.userErrors).toEqual([]);
    return payload!;
  }
  async function submit(input: SubmitRightsRequestInput, as?: Sender) {
    const { reference, rightsRequest } = await succeed(SubmitRightsRequest, input, as);
    return { reference: reference!, rightsRequest: rightsRequest! };
  }
  async function own({ token }: TestAccount, id: string) {
    const { viewer } = await ask(ViewerRightsRequests, {}, { token });
    return viewer.rightsRequests.find((each) => each.id === id)!;
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
  async function exportOf(account: TestAccount, id: string): Promise<Response> {
    const { path } = await succeed(DownloadExport, { id }, fresh(account));
    return fetch(new URL(path!, gateway.url));
  }

  it.each(['ACCESS', 'PORTABILITY'] as const)(
    '%s ends in a data export that is there for seven days',
    async (kind) => {
      const anna = await gateway.account({ country: 'DE' });
      const { rightsRequest: request } = await submit({ kind }, fresh(anna));
      expect(request).toMatchObject({ kind, status: 'IN_PROGRESS' });
      await becomes(anna, request.id, 'FULFILLED');
      const answer = await exportOf(anna, request.id);
      expect(answer.headers.get('content-type')).toBe('application/zip');
      expect(
        Buffer.from(await answer.arrayBuffer())
          .subarray(0, 2)
          .toString(),
      ).toBe('PK');
      later(8);
      const gone = await ask(DownloadExport, { input: { id: request.id } }, fresh(anna));
      expect(gone.downloadExport.userErrors).toHaveLength(1);
    },
  );

  it('deletion waits seven days; then only the fact that somebody asked is left', async () => {
    const bert = await gateway.account({ country: 'DE' });
    const { rightsRequest: request } = await submit({ kind: 'DELETION' }, fresh(bert));
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

  it('deletion can be withdrawn for seven days', async () => {
    const carl = await gateway.account({ country: 'DE' });
    const { rightsRequest: request } = await submit({ kind: 'DELETION' }, fresh(carl));
    later(6);
    await succeed(WithdrawRightsRequest, { id: request.id }, fresh(carl));
    later(2);
    const dora = await gateway.account({ country: 'DE' });
    const other = await submit({ kind: 'DELETION' }, fresh(dora));
    later(7);
    await mailSaying(dora.email, /closed/);
    expect(other.rightsRequest.id).not.toBe(request.id);
    expect((await own(carl, request.id)).status).toBe('WITHDRAWN');
  });

  it('restriction and objection take effect immediately, and a withdrawal is stored in the consent ledger', async () => {
    const emil = await gateway.account({ country: 'DE' });
    const as = { token: emil.token };
    await succeed(SetConsent, { purpose: 'MARKETING', granted: true }, as);
    const inputs: SubmitRightsRequestInput[] = [
      { kind: 'RESTRICTION' },
      { kind: 'OBJECTION', objections: ['MARKETING', 'STATISTICS', 'DIAGNOSTICS'] },
      { kind: 'WITHDRAWAL_OF_CONSENT', purposes: ['MARKETING'] },
    ];
    for (const input of inputs) {
      expect((await submit(input, fresh(emil))).rightsRequest).toMatchObject({ status: 'FULFILLED' });
    }
    expect((await ask(ViewerRestrictsProcessing, {}, as)).viewer.restrictsProcessing).toBe(true);
    expect((await ask(ViewerObjectsToStatistics, {}, as)).viewer.objectsToStatistics).toBe(true);
    const { consents } = (await ask(ViewerConsents, {}, as)).viewer;
    expect(consents.find(({ purpose }) => purpose === 'MARKETING')).toMatchObject({ granted: false });
  });

  it('correction of the address is decided by the data protection officer, who may need longer', async () => {
    const fritz = await gateway.account({ country: 'DE', locale: 'de' });
    const { rightsRequest: request } = await submit(
      {
        kind: 'CORRECTION',
        correction: { email: 'fritz.neu@example.com' },
        statement: 'The mailbox is gone.',
      },
      fresh(fritz),
    );
    await succeed(TakeRightsRequest, { id: request.id }, dpo);
    await succeed(ExtendRightsRequest, { id: request.id, reason: 'COMPLEXITY' }, dpo);
    expect((await own(fritz, request.id)).dueOn! > request.dueOn!).toBe(true);
    await succeed(FulfilRightsRequest, { id: request.id }, dpo);
    expect((await mailSaying(fritz.email, /Bis dahin gilt weiterhin diese Adresse/)).subject).toMatch(
      /^Ihre Anfrage/,
    );
    const token = tokenIn(await mails.next('fritz.neu@example.com'));
    await succeed(ConfirmEmailChange, { token });
    expect(await gateway.query('SELECT email FROM account WHERE id = $1', [fritz.id])).toEqual([
      { email: 'fritz.neu@example.com' },
    ]);
    await mailSaying(fritz.email, /hat jetzt eine andere E-Mail-Adresse/);
  });

  it('complaint is answered, and names the supervisory authority from its first day', async () => {
    const greta = await gateway.account({ country: 'AT' });
    const { rightsRequest: request } = await submit(
      { kind: 'COMPLAINT', statement: 'Too many mails.' },
      fresh(greta),
    );
    expect((await own(greta, request.id)).authority?.url).toMatch(/dsb\.gv\.at/);
    await succeed(TakeRightsRequest, { id: request.id }, dpo);
    await succeed(FulfilRightsRequest, { id: request.id, answer: 'We have looked into it.' }, dpo);
    expect(await own(greta, request.id)).toMatchObject({
      status: 'FULFILLED',
      answer: 'We have looked into it.',
    });
  });

  it('a denial names the authority and the court', async () => {
    const hans = await gateway.account({ country: 'DE', locale: 'de' });
    const { rightsRequest: request } = await submit(
      { kind: 'CORRECTION', correction: { usageOn: '2027-01-01' } },
      fresh(hans),
    );
    await succeed(TakeRightsRequest, { id: request.id }, dpo);
    await succeed(DenyRightsRequest, { id: request.id, reason: 'DATA_ACCURATE' }, dpo);
    const mail = await mailSaying(hans.email, /Gericht/);
    expect(mail.text).toMatch(/https:\/\/www\.bfdi\.bund\.de/);
    expect(await own(hans, request.id)).toMatchObject({
      status: 'DENIED',
      denialReason: 'DATA_ACCURATE',
    });
  });

  it('a person who is not signed in confirms a request by a link to the account’s e-mail address', async () => {
    const ida = await gateway.account({ country: 'DE' });
    const asked = await submit({ kind: 'ACCESS', email: ida.email, country: 'DE' });
    const nobody = await submit({ kind: 'ACCESS', email: 'nobody@example.com', country: 'DE' });
    expect(asked.rightsRequest.status).toBe('IDENTITY_REQUIRED');
    expect({ ...nobody.rightsRequest, id: '' }).toEqual({ ...asked.rightsRequest, id: '' });
    const link = tokenIn(await mails.next(ida.email));
    await succeed(ConfirmRightsRequest, { token: link });
    await becomes(ida, asked.rightsRequest.id, 'FULFILLED');
    later(4);
    const status = async () =>
      (await ask(RightsRequest, { reference: nobody.reference })).rightsRequest?.status;
    await expect.poll(status, { timeout: 20_000 }).toBe('EXPIRED');
    expect((await mails.next('nobody@example.com')).subject).toBe('We keep no data about you');
    expect(mails.accepted.filter(({ to }) => to === 'nobody@example.com')).toHaveLength(1);
  });

  it('an agent asks with the signed permission, and the owner confirms', async () => {
    const jana = await gateway.account({ country: 'DE' });
    const agent = { name: 'Data Helpers', email: 'desk@agents.example' };
    const { rightsRequest: request, reference } = await submit({
      kind: 'ACCESS',
      email: jana.email,
      country: 'DE',
      agent,
    });
    expect(request.status).toBe('SUBMITTED');
    const permission = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');
    const sent = await fetch(new URL('/rights-requests/permission', gateway.url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${reference}`, 'content-type': 'application/pdf' },
      body: permission,
    });
    expect(sent.ok).toBe(true);
    expect((await ask(RightsRequest, { reference })).rightsRequest?.status).toBe('SUBMITTED');
    await succeed(ConfirmRightsAgent, { token: tokenIn(await mails.next(agent.email)) });
    const mail = await mails.next(jana.email);
    expect(mails.accepted.filter(({ to }) => to === jana.email)).toHaveLength(1);
    expect(mail.text).toContain('“Data Helpers”');
    await succeed(ConfirmRightsRequest, { token: tokenIn(mail) });
    await becomes(jana, request.id, 'FULFILLED');
    expect(await gateway.query('SELECT 1 FROM rights_request_document')).toEqual([]);
    const dataExport = await exportOf(jana, request.id);
    expect((await dataExport.arrayBuffer()).byteLength).toBeGreaterThan(1000);
  });
});
