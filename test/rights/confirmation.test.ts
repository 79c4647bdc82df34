import { describe, expect, it } from 'vitest';
import {
  ConfirmRightsAgent,
  ConfirmRightsRequest,
  RightsRequestToConfirm,
  SendRightsRequestLink,
  SubmitRightsRequest,
  type SubmitRightsRequestInput,
} from '../../client/index.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import { errorsOf, someSource } from '../support/gateway.js';
import type { Sender } from '../support/http/graphql-client.js';
import { tokenIn } from '../support/mail-server.js';
import type { TestAccount } from '../support/people/account.js';

const NOW = Date.parse('2027-03-05T12:00:00Z');
const PDF = '%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n';
const AGENT = { name: 'Data Helpers', email: 'desk@agents.example' };

describe('confirming what somebody has asked', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => NOW }));

  async function submit(input: SubmitRightsRequestInput, source = someSource()) {
    const { data } = await gateway.ask(SubmitRightsRequest, { input }, { source });
    expect(data.submitRightsRequest.userErrors).toEqual([]);
    return {
      rightsRequest: data.submitRightsRequest.rightsRequest!,
      reference: data.submitRightsRequest.reference!,
    };
  }
  const asked = async (token: string) =>
    (await gateway.ask(RightsRequestToConfirm, { token })).data.rightsRequestToConfirm;
  const confirm = async (token: string, as: Sender = {}) =>
    (await gateway.ask(ConfirmRightsRequest, { input: { token } }, as)).data.confirmRightsRequest;
  const confirmAgent = async (token: string) =>
    errorsOf((await gateway.ask(ConfirmRightsAgent, { input: { token } })).data.confirmRightsAgent);
  const sendLink = async (reference: string) =>
    errorsOf(
      (await gateway.ask(SendRightsRequestLink, { input: { reference } }, { source: someSource() })).data
        .sendRightsRequestLink,
    );
  const sendPermission = (reference: string) =>
    fetch(new URL('/rights-requests/permission', gateway.url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${reference}`, 'content-type': 'application/pdf' },
      body: PDF,
    });
  const fresh = ({ token, fresh }: TestAccount): Sender => ({ token, headers: fresh });
  const mailsTo = (address: string) => mails.accepted.filter(({ to }) => to === address);

  it.each(['en', 'de', 'es'] as const)('says in %s what, when and who, before it is done', async (locale) => {
    const anna = await gateway.account({ country: 'DE', locale });
    const correction = { email: 'thief@evil.example' } as const;
    await submit({ kind: 'CORRECTION', email: anna.email, correction });
    const { text } = await mails.next(anna.email);
    expect(text).toContain('thief [at] evil [dot] example');
    expect(text).toMatch(/correction of your data|Berichtigung Ihrer Daten|rectificación de sus datos/);
    expect(text).toMatch(/5 March 2027|5\. März 2027|5 de marzo de 2027/);
    expect(text).toMatch(
      /omeone who gave your e-mail address|jemandem, der Ihre Adresse|alguien que indicó su dirección/,
    );
  });

  it('shows over the API what a link confirms, and changes nothing by it', async () => {
    const bert = await gateway.account({ country: 'DE' });
    const { rightsRequest: request } = await submit({
      kind: 'DELETION',
      email: bert.email,
      statement: 'I am leaving.',
    });
    const token = tokenIn(await mails.next(bert.email));
    const shown = {
      requestId: request.id,
      kind: 'DELETION',
      receivedOn: '2027-03-05',
      confirmBy: '2027-03-07',
      erasesOn: '2027-03-12',
      statement: 'I am leaving.',
      agent: null,
      correction: null,
      objections: null,
      purposes: null,
      requires: null,
    };
    expect(await asked(token)).toEqual(shown);
    expect(await asked(token)).toEqual(shown);
    expect(await asked('x')).toBeNull();
    expect((await confirm(token)).rightsRequest?.status).toBe('IN_PROGRESS');
    expect(await asked(token)).toBeNull();
  });

  it('a correction takes more than the mailbox: nobody has the account’s mail moved by a click', async () => {
    const carl = await gateway.account({ country: 'DE' });
    const correction = { email: 'thief@evil.example' } as const;
    await submit({ kind: 'CORRECTION', email: carl.email, correction });
    const token = tokenIn(await mails.next(carl.email));
    expect(await asked(token)).toMatchObject({ requires: 'SIGN_IN', correction });
    const signIn = [{ field: null, code: 'SIGN_IN_NEEDED' }];
    expect(errorsOf(await confirm(token))).toEqual(signIn);
    expect(errorsOf(await confirm(token, { token: carl.token }))).toEqual(signIn);
    const other = await gateway.account();
    expect(errorsOf(await confirm(token, fresh(other)))).toEqual(signIn);
    expect((await confirm(token, fresh(carl))).rightsRequest).toMatchObject({
      status: 'IN_PROGRESS',
      verification: 'FRESH_FACTOR',
    });
  });

  it('nobody is written to for an agent before it has confirmed its own address and sent a permission', async () => {
    const dora = await gateway.account({ country: 'DE' });
    const first = await submit({ kind: 'ACCESS', email: dora.email, agent: AGENT });
    const link = await mails.next(AGENT.email);
    expect(link.text).not.toContain(dora.email);
    expect(link.text).not.toContain(AGENT.name);
    expect((await sendPermission(first.reference)).status).toBe(204);
    expect(mailsTo(dora.email)).toEqual([]);
    expect(await confirmAgent('x')).toEqual([{ field: 'token', code: 'LINK_INVALID' }]);
    expect(await confirmAgent(tokenIn(link))).toEqual([]);
    const mail = await mails.next(dora.email);
    expect(mail.text).toContain('An agent that calls itself “Data Helpers” has sent us');
    expect(mail.text).toContain('“Data Helpers”, desk [at] agents [dot] example');
    expect(await asked(tokenIn(mail))).toMatchObject({ agent: { ...AGENT, webUrl: null } });
    // In the other order, too.
    const second = await submit({ kind: 'COMPLAINT', statement: 'x', email: dora.email, agent: AGENT });
    expect(await confirmAgent(tokenIn(await mails.next(AGENT.email)))).toEqual([]);
    expect(mailsTo(dora.email)).toHaveLength(1);
    expect((await sendPermission(second.reference)).status).toBe(204);
    expect((await mails.next(dora.email)).text).toContain('a complaint in your name');
  });

  it('an agent that has lost its link gets two more', async () => {
    const agent = { name: 'Slow Helpers', email: 'slow@agents.example' };
    const { reference } = await submit({ kind: 'ACCESS', email: 'nobody@example.com', agent });
    expect([await sendLink(reference), await sendLink(reference)]).toEqual([[], []]);
    expect(await sendLink(reference)).toEqual([{ field: null, code: 'LINKS_USED_UP' }]);
    await expect.poll(() => mailsTo(agent.email).length, { timeout: 20_000 }).toBe(3);
  });

  it('a stranger fills nobody’s mailbox, and every request is taken all the same', async () => {
    const emil = await gateway.account({ country: 'DE' });
    const source = someSource();
    for (const kind of ['ACCESS', 'PORTABILITY', 'RESTRICTION', 'DELETION', 'ACCESS'] as const) {
      await submit({ kind, email: emil.email }, source);
    }
    const sixth = { kind: 'ACCESS', email: emil.email } as const;
    const refused = await gateway.ask(SubmitRightsRequest, { input: sixth }, { source });
    expect(errorsOf(refused.data.submitRightsRequest)).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
    // From elsewhere the owner asks on, and opting out is always possible.
    expect((await submit(sixth)).rightsRequest.status).toBe('IDENTITY_REQUIRED');
    const optOut = { kind: 'OBJECTION', objections: ['SALE_OR_SHARING'], email: emil.email } as const;
    expect((await submit(optOut, source)).rightsRequest.status).toBe('FULFILLED');
    const signedIn = await gateway.ask(SubmitRightsRequest, { input: { kind: 'ACCESS' } }, fresh(emil));
    expect(signedIn.data.submitRightsRequest.rightsRequest?.status).toBe('IN_PROGRESS');
  });
});
