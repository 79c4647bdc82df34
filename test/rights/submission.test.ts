import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someSource, startTestGateway, type TestGateway } from '../support/gateway.js';
import { HOSTILE_NAMES } from '../support/http/hostile-names.js';
import { type MailServer, startMailServer, tokenIn } from '../support/mail-server.js';
import type { TestAccount } from '../support/people/account.js';

const SEEN = 'kind status law { id } receivedOn dueOn erasesOn statement events { occurredOn status }';

const REFUSED_NAME = /^(INVALID_NAME|INVALID_TEXT|TEXT_TOO_LONG|CARD_NUMBER)$/;

describe('submitting a rights request', () => {
  let mails: MailServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    mails = await startMailServer();
    const clock = () => Date.parse('2027-03-05T23:30:00Z');
    gateway = await startTestGateway({ config: { smtpUrl: mails.url }, clock });
  });
  afterAll(async () => {
    await gateway?.stop();
    await mails?.stop();
  });

  type As = { token?: string; headers?: Record<string, string>; source?: string };
  const fresh = ({ token, fresh }: TestAccount): As => ({ token, headers: fresh });
  async function mutate(name: string, input: object, as: As = {}, fields = `rightsRequest { id ${SEEN} }`) {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code } } }`;
    const { data, errors } = await gateway.call({ query, variables: { input }, ...as });
    return errors?.[0]?.extensions?.code ?? data[name];
  }
  const codes = ({ userErrors }: { userErrors: { code: string }[] }) => userErrors.map(({ code }) => code);
  const referred = async (reference: string) => {
    const query = `query ($reference: String!) { rightsRequest(reference: $reference) { ${SEEN} } }`;
    return (await gateway.call({ query, variables: { reference } })).data.rightsRequest;
  };
  const own = async ({ token }: TestAccount) => {
    const query = `{ viewer { rightsRequests { id ${SEEN} } } }`;
    return (await gateway.call({ query, token })).data.viewer.rightsRequests;
  };

  it('begins immediately for a person who has shown a fresh factor, under the law of their country', async () => {
    const anna = await gateway.account({ country: 'DE' });
    const asked = { kind: 'DELETION', statement: 'I am\nleaving.' };
    expect(await mutate('submitRightsRequest', asked, { token: anna.token })).toBe('STEP_UP_REQUIRED');
    const { rightsRequest: request } = await mutate('submitRightsRequest', asked, fresh(anna));
    expect(request).toMatchObject({
      kind: 'DELETION',
      status: 'IN_PROGRESS',
      law: { id: 'gdpr' },
      dueOn: '2027-04-05',
      erasesOn: '2027-03-12',
      statement: 'I am\nleaving.',
    });
    expect(await own(anna)).toEqual([request]);
    const again = await mutate('submitRightsRequest', asked, fresh(anna));
    expect(codes(again)).toEqual(['REQUEST_OPEN']);
    const ben = await gateway.account();
    const foreign = await mutate('withdrawRightsRequest', { id: request.id }, fresh(ben));
    expect(codes(foreign)).toEqual(['UNKNOWN_REQUEST']);
    const withdrawn = await mutate('withdrawRightsRequest', { id: request.id }, { token: anna.token });
    expect(withdrawn.rightsRequest.status).toBe('WITHDRAWN');
  });

  it('says the same of an address with an account and of one without, and answers the other by mail alone', async () => {
    const carl = await gateway.account({ country: 'AT' });
    const ask = (email: string) =>
      mutate(
        'submitRightsRequest',
        { kind: 'ACCESS', email, country: 'AT' },
        {},
        `reference rightsRequest { ${SEEN} }`,
      );
    const [known, unknown] = [await ask(carl.email), await ask('nobody@example.com')];
    expect(known.rightsRequest).toMatchObject({ status: 'IDENTITY_REQUIRED', dueOn: null });
    expect(unknown.rightsRequest).toEqual(known.rightsRequest);
    const token = tokenIn(await mails.next(carl.email));
    expect((await mutate('confirmRightsRequest', { token })).rightsRequest.status).toBe('IN_PROGRESS');
    expect(codes(await mutate('confirmRightsRequest', { token }))).toEqual(['LINK_INVALID']);
    expect(await referred(known.reference)).toMatchObject({ status: 'IN_PROGRESS', dueOn: '2027-04-05' });
    expect(await referred('x')).toBeNull();
    expect(await gateway.query('SELECT 1 FROM rights_request_subject')).toHaveLength(1);
    const answer = await mails.next('nobody@example.com');
    expect(answer.subject).toBe('We keep no data about you');
    expect(answer.text).toMatch(/Wir haben keine Daten über Sie/);
    expect(() => tokenIn(answer)).toThrow();
    expect((await referred(unknown.reference)).status).toBe('IDENTITY_REQUIRED');
  });

  it('sends three links at most', async () => {
    const input = { kind: 'ACCESS', email: 'dora@example.com' };
    const { reference } = await mutate('submitRightsRequest', input, {}, 'reference');
    const another = async () => codes(await mutate('sendRightsRequestLink', { reference }, {}, ''));
    expect([await another(), await another(), await another()]).toEqual([[], [], ['LINKS_USED_UP']]);
  });

  it('throws the switches of restriction, objection and withdrawal in the same moment', async () => {
    const emil = await gateway.account({ country: 'DE' });
    for (const input of [
      { kind: 'RESTRICTION' },
      { kind: 'OBJECTION', objections: ['STATISTICS', 'MARKETING'] },
      { kind: 'WITHDRAWAL_OF_CONSENT', purposes: ['DIAGNOSTICS'] },
    ]) {
      expect((await mutate('submitRightsRequest', input, fresh(emil))).rightsRequest.status).toBe(
        'FULFILLED',
      );
    }
    const [account] = await gateway.query(
      'SELECT restricts_processing, objects_to_statistics FROM account WHERE id = $1',
      [emil.id],
    );
    expect(account).toEqual({ restricts_processing: true, objects_to_statistics: true });
    const consents = await gateway.query(
      'SELECT purpose, granted FROM consent WHERE account_id = $1 ORDER BY sequence',
      [emil.id],
    );
    expect(consents).toEqual([
      { purpose: 'marketing', granted: false },
      { purpose: 'diagnostics', granted: false },
    ]);
  });

  it('asks for what the kind needs', async () => {
    const { token, fresh } = await gateway.account();
    const refusedWith = async (input: object) =>
      codes(await mutate('submitRightsRequest', input, { token, headers: fresh }));
    expect(await refusedWith({ kind: 'OBJECTION' })).toEqual(['OBJECTION_REQUIRED']);
    expect(await refusedWith({ kind: 'WITHDRAWAL_OF_CONSENT' })).toEqual(['PURPOSE_REQUIRED']);
    expect(await refusedWith({ kind: 'CORRECTION' })).toEqual(['CORRECTION_REQUIRED']);
    expect(await refusedWith({ kind: 'COMPLAINT' })).toEqual(['TEXT_REQUIRED']);
    expect(await refusedWith({ kind: 'ACCESS', statement: '4111 1111 1111 1111' })).toEqual(['CARD_NUMBER']);
  });

  it('takes no agent under a name that could speak in a mail of ours', async () => {
    for (const name of HOSTILE_NAMES) {
      const agent = { name, email: 'desk@agents.example' };
      const input = { kind: 'ACCESS', email: 'nobody@example.com', agent };
      const payload = await mutate('submitRightsRequest', input, { source: someSource() });
      // No string of the API may hold a NUL, which Postgres cannot store.
      if (name.includes('\0')) expect(payload).toBe('BAD_USER_INPUT');
      else expect(codes(payload)[0], JSON.stringify(name)).toMatch(REFUSED_NAME);
    }
  });

  it('holds a flood from one account to one open request of a kind and few in all, and nobody else feels it', async () => {
    const [flooder, other] = await Promise.all([1, 2].map(() => gateway.account({ country: 'DE' })));
    const input = { kind: 'COMPLAINT', statement: 'Again.' };
    const flood = Array.from({ length: 100 }, () => mutate('submitRightsRequest', input, fresh(flooder!)));
    const answers = (await Promise.all(flood)).map((payload) => codes(payload)[0] ?? 'taken');
    expect(new Set(answers)).toEqual(new Set(['taken', 'REQUEST_OPEN', 'TOO_MANY_ATTEMPTS']));
    expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'TOO_MANY_ATTEMPTS')).toHaveLength(90);
    expect((await mutate('submitRightsRequest', input, fresh(other!))).rightsRequest.status).toBe(
      'IN_PROGRESS',
    );
    await mails.next(flooder!.email);
    expect(mails.accepted.filter(({ to }) => to === flooder!.email)).toHaveLength(1);
  });

  it('lets the owner confirm, signed in, what somebody has asked about their address', async () => {
    const fritz = await gateway.account({ country: 'DE' });
    await mutate('submitRightsRequest', { kind: 'ACCESS', email: fritz.email });
    const [{ id }] = await own(fritz);
    const greta = await gateway.account();
    expect(codes(await mutate('confirmRightsRequest', { id }, fresh(greta)))).toEqual(['UNKNOWN_REQUEST']);
    expect((await mutate('confirmRightsRequest', { id }, fresh(fritz))).rightsRequest.status).toBe(
      'IN_PROGRESS',
    );
  });
});
