import { beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/lib/durations.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import { tokenIn } from '../support/mail-server.js';
import type { TestAccount } from '../support/people/account.js';

describe('the case queue of data protection officers', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let officer: string;
  let now = Date.parse('2026-12-30T12:00:00Z');
  beforeAll(async () => {
    officer = await gateway.dpo();
  });

  async function mutate(operation: string, token: string, headers: Record<string, string> = {}) {
    const query = `mutation { ${operation} { rightsRequest { id status dueOn denialReason } userErrors { code } } }`;
    const { data, errors } = await gateway.call({ query, token, headers });
    expect(errors).toBeUndefined();
    // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
    const payload = Object.values<any>(data)[0];
    return payload.userErrors[0]?.code ?? payload.rightsRequest;
  }
  const submit = async (account: TestAccount, input: string) =>
    (await mutate(`submitRightsRequest(input: { ${input} })`, account.token, account.fresh)).id as string;
  const act = (name: string, id: string, more = '', token = officer) =>
    mutate(`${name}(input: { id: "${id}" ${more} })`, token);
  const COMPLAINT = 'kind: COMPLAINT, statement: "Too many mails."';

  it('shows open requests by their last day, with the address that each is about', async () => {
    const [late, soon] = await Promise.all([1, 2].map(() => gateway.account({ country: 'DE' })));
    const later = await submit(late!, COMPLAINT);
    now -= 5 * DAY_MS;
    const sooner = await submit(soon!, COMPLAINT);
    now += 5 * DAY_MS;
    const query = `{ rightsRequests(first: 50) { totalCount edges { email takenBy { email } takenByViewer node { id statement } } } }`;
    const { data } = await gateway.call({ query, token: officer });
    expect(data.rightsRequests.edges).toEqual([
      {
        email: soon!.email,
        takenBy: null,
        takenByViewer: false,
        node: { id: sooner, statement: 'Too many mails.' },
      },
      {
        email: late!.email,
        takenBy: null,
        takenByViewer: false,
        node: { id: later, statement: 'Too many mails.' },
      },
    ]);
  });

  it('gives a request that two take at once to one of them, who alone decides it', async () => {
    const id = await submit(await gateway.account({ country: 'DE' }), COMPLAINT);
    const officers = await Promise.all([1, 2, 3].map(() => gateway.dpo()));
    const taken = await Promise.all(officers.map((token) => act('takeRightsRequest', id, '', token)));
    expect(taken.filter((outcome) => outcome === 'REQUEST_TAKEN')).toHaveLength(2);
    const holder = officers[taken.findIndex((outcome) => outcome !== 'REQUEST_TAKEN')]!;
    const other = officers.find((token) => token !== holder)!;
    const answer = 'answer: "We have looked into it."';
    expect(await act('fulfilRightsRequest', id, answer, other)).toBe('REQUEST_NOT_TAKEN');
    expect(await act('fulfilRightsRequest', id, '', holder)).toBe('TEXT_REQUIRED');
    expect(await act('fulfilRightsRequest', id, answer, holder)).toMatchObject({ status: 'FULFILLED' });
    expect(await act('denyRightsRequest', id, 'reason: EXCESSIVE', holder)).toBe('REQUEST_MOVED_ON');
  });

  it('takes longer once, until the first last day, counted from the receipt', async () => {
    const id = await submit(await gateway.account({ country: 'DE' }), COMPLAINT);
    await act('takeRightsRequest', id);
    const extended = await act('extendRightsRequest', id, 'reason: COMPLEXITY');
    expect(extended).toMatchObject({ status: 'EXTENDED', dueOn: '2027-03-30' });
    expect(await act('extendRightsRequest', id, 'reason: COMPLEXITY')).toBe('REQUEST_MOVED_ON');
    const late = await submit(await gateway.account({ country: 'DE' }), COMPLAINT);
    await act('takeRightsRequest', late);
    now += 34 * DAY_MS;
    expect(await act('extendRightsRequest', late, 'reason: COMPLEXITY')).toBe('TOO_LATE_TO_EXTEND');
    now -= 34 * DAY_MS;
  });

  it('denies with a reason that fits, and the mail names authority and court', async () => {
    const anna = await gateway.account({ country: 'FR', locale: 'es' });
    const id = await submit(anna, 'kind: CORRECTION, correction: { usageOn: "2026-12-01" }');
    await act('takeRightsRequest', id);
    expect(await act('denyRightsRequest', id, 'reason: PERMISSION_FORGED')).toBe('REASON_DOES_NOT_FIT');
    expect(await act('denyRightsRequest', id, 'reason: DATA_ACCURATE')).toMatchObject({ status: 'DENIED' });
    await mails.next(anna.email);
    const { text } = await mails.next(anna.email);
    expect(text).toMatch(/https:\/\/www\.cnil\.fr/);
    expect(text).toMatch(/tribunales/);
  });

  it('accepts “no data found” only for a person whose identity was verified', async () => {
    const ask = 'submitRightsRequest(input: { kind: ACCESS, email: "nobody@example.com" })';
    const { id } = await mutate(ask, await gateway.user());
    await act('takeRightsRequest', id);
    expect(await act('denyRightsRequest', id, 'reason: NO_DATA_FOUND')).toBe('REASON_DOES_NOT_FIT');
    expect(await act('verifyRightsRequest', id, 'verification: RECORDED_CALL')).toBe('NO_SUCH_PERSON');
    expect(await act('denyRightsRequest', id, 'reason: IDENTITY_NOT_VERIFIED')).toMatchObject({
      status: 'DENIED',
    });
  });

  it('records how somebody without a mailbox was recognised, and the request goes on', async () => {
    const bert = await gateway.account({ country: 'DE' });
    const ask = `submitRightsRequest(input: { kind: RESTRICTION, email: "${bert.email}" })`;
    const { id } = await mutate(ask, await gateway.user());
    await act('takeRightsRequest', id);
    const verified = await act('verifyRightsRequest', id, 'verification: RECORDED_CALL');
    expect(verified).toMatchObject({ status: 'FULFILLED' });
    const restricted = await gateway.query('SELECT restricts_processing FROM account WHERE id = $1', [
      bert.id,
    ]);
    expect(restricted).toEqual([{ restricts_processing: true }]);
  });

  it('corrects an address whose mailbox is lost, ends its sessions, and never takes somebody else’s', async () => {
    const [carl, dora] = await Promise.all([1, 2].map(() => gateway.account({ country: 'DE' })));
    const correct = (value: string) => `kind: CORRECTION, correction: { email: "${value}" }`;
    const taken = await submit(carl!, correct(dora!.email));
    await act('takeRightsRequest', taken);
    expect(await act('fulfilRightsRequest', taken)).toBe('EMAIL_TAKEN');
    await act('denyRightsRequest', taken, 'reason: RIGHTS_OF_OTHERS');
    const id = await submit(carl!, correct('Carl.New@example.com'));
    await act('takeRightsRequest', id);
    expect(await act('fulfilRightsRequest', id)).toMatchObject({ status: 'FULFILLED' });
    const emails = () => gateway.query('SELECT email FROM account WHERE id = $1', [carl!.id]);
    expect(await emails()).toEqual([{ email: carl!.email }]);
    const ended = await gateway.call({ query: '{ viewer { account { id } } }', token: carl!.token });
    expect(ended.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    // The new mailbox has to confirm, and the old one is notified of both steps.
    const token = tokenIn(await mails.next('carl.new@example.com'));
    const heard = async () =>
      mails.accepted.filter(({ to }) => to === carl!.email).map(({ mail }) => mail.subject);
    await expect.poll(heard, { timeout: 20_000 }).toContain('A change to the security of your account');
    const confirm = `mutation { confirmEmailChange(input: { token: "${token}" }) { emailChanged userErrors { code } } }`;
    expect((await gateway.call({ query: confirm })).data.confirmEmailChange).toEqual({
      emailChanged: true,
      userErrors: [],
    });
    expect(await emails()).toEqual([{ email: 'carl.new@example.com' }]);
    await expect.poll(heard, { timeout: 20_000 }).toContain('The e-mail address of your account has changed');
  });
});
