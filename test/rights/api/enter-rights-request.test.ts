import { beforeAll, describe, expect, it } from 'vitest';
import {
  ConfirmRightsRequest,
  EnterRightsRequest,
  type EnterRightsRequestMutationVariables,
  RightsRequest,
  RightsRequests,
} from '../../../client/generated/operations.js';
import { DAY_MS } from '../../../src/lib/durations.js';
import { useGateway, useMailServer } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { tokenIn } from '../../support/mail-server.js';
import type { TestAccount } from '../../support/people/account.js';

const NOW = Date.parse('2027-03-05T23:30:00Z');

type Input = EnterRightsRequestMutationVariables['input'];
const LETTER: Input = {
  kind: 'ACCESS',
  email: 'nobody@example.com',
  country: 'DE',
  channel: 'LETTER',
  receivedOn: '2027-02-10',
};

const mails = useMailServer();
const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
let officer: TestAccount;
let now = NOW;
beforeAll(async () => {
  officer = await gateway.account({ role: 'dpo' });
});

const enter = async (input: Partial<Input> = {}, { token } = officer) =>
  (await gateway.ask(EnterRightsRequest, { input: { ...LETTER, ...input } }, { token })).data
    .enterRightsRequest;
const confirm = async (email: string) => {
  const input = { token: tokenIn(await mails.next(email)) };
  const { data } = await gateway.ask(ConfirmRightsRequest, { input });
  return data.confirmRightsRequest.rightsRequest!;
};

describe('enterRightsRequest', () => {
  it('counts the time for an answer from the day on which the letter came, once it is known whose it is', async () => {
    const anna = await gateway.account({ country: 'DE' });
    const { rightsRequest: request, reference, userErrors } = await enter({ email: anna.email });
    expect(userErrors).toEqual([]);
    expect(request).toMatchObject({ status: 'IDENTITY_REQUIRED', channel: 'LETTER', dueOn: null });
    expect(request!.receivedOn).toBe('2027-02-10');
    expect(await confirm(anna.email)).toMatchObject({ receivedOn: '2027-02-10', dueOn: '2027-03-10' });
    const { data } = await gateway.ask(RightsRequest, { reference: reference! });
    expect(data.rightsRequest).toMatchObject({ channel: 'LETTER', receivedOn: '2027-02-10' });
  });

  it('answers the same of an address with an account and of one without', async () => {
    const carl = await gateway.account({ country: 'FR' });
    const asked = [
      { kind: 'DELETION' },
      { kind: 'OBJECTION', objections: ['SALE_OR_SHARING'] },
    ] as const satisfies readonly Partial<Input>[];
    for (const each of asked) {
      const [known, unknown] = [
        await enter({ ...each, email: carl.email }),
        await enter({ ...each, email: 'stranger@example.com' }),
      ];
      expect(known.rightsRequest).toEqual({ ...unknown.rightsRequest, id: known.rightsRequest!.id });
    }
    const mail = await mails.next('stranger@example.com');
    expect(mail.subject).toBe('We keep no data about you');
  });

  it('is recorded with the channel and with who has entered it, for the case queue only', async () => {
    const { rightsRequest: request } = await enter({ channel: 'TELEPHONE' });
    const { data } = await gateway.ask(RightsRequests, { first: 100 }, { token: officer.token });
    const edge = data.rightsRequests.edges.find(({ node }) => node.id === request!.id)!;
    expect(edge.enteredBy).toEqual({ accountId: officer.id, email: officer.email });
    expect(edge.node).toMatchObject({ channel: 'TELEPHONE', receivedOn: '2027-02-10' });
    expect(edge.takenBy).toBeNull();
  });

  it('waits for the link of a letter whose time is over already', async () => {
    const dora = await gateway.account({ country: 'US' });
    const { rightsRequest: request } = await enter({
      email: dora.email,
      country: 'US',
      usState: 'CA',
      receivedOn: '2026-10-01',
    });
    expect(request!.dueOn).toBe('2026-11-14');
    now += DAY_MS / 2;
    expect(await confirm(dora.email)).toMatchObject({ status: 'IN_PROGRESS', dueOn: '2026-11-14' });
    now = NOW;
  });

  it.each(['2027-03-05', '2026-03-05'])('takes a letter of %s', async (receivedOn) => {
    expect((await enter({ receivedOn })).userErrors).toEqual([]);
  });

  it.each([
    [{ receivedOn: '2027-03-06' }, 'receivedOn', 'RECEIVED_ON_OUT_OF_RANGE'],
    [{ receivedOn: '2026-03-04' }, 'receivedOn', 'RECEIVED_ON_OUT_OF_RANGE'],
    [{ email: 'none' }, 'email', 'INVALID_EMAIL'],
    [{ country: 'XX' }, 'country', 'UNKNOWN_COUNTRY'],
    [{ kind: 'COMPLAINT' }, 'statement', 'TEXT_REQUIRED'],
    [{ statement: 'a'.repeat(4001) }, 'statement', 'TEXT_TOO_LONG'],
    [{ statement: 'a\u0007' }, 'statement', 'INVALID_TEXT'],
    [{ statement: '4111 1111 1111 1111' }, 'statement', 'CARD_NUMBER'],
    [{ kind: 'CORRECTION' }, 'correction', 'CORRECTION_REQUIRED'],
    [{ kind: 'OBJECTION' }, 'objections', 'OBJECTION_REQUIRED'],
    [{ kind: 'WITHDRAWAL_OF_CONSENT' }, 'purposes', 'PURPOSE_REQUIRED'],
  ] as const satisfies readonly (readonly [Partial<Input>, string, string])[])(
    'refuses %j: %s %s',
    async (input, field, code) => {
      expect(await enter(input)).toMatchObject({ rightsRequest: null, reference: null });
      expect(errorsOf(await enter(input))).toEqual([{ field, code }]);
    },
  );

  it('takes 200 an hour of an officer, and no more: TOO_MANY_ATTEMPTS', async () => {
    const other = await gateway.account({ role: 'dpo' });
    const faulty = { email: 'none' };
    for (let tries = 0; tries < 200; tries += 50) {
      const some = await Promise.all(Array.from({ length: 50 }, () => enter(faulty, other)));
      expect(new Set(some.flatMap(errorsOf).map(({ code }) => code))).toEqual(new Set(['INVALID_EMAIL']));
    }
    expect(errorsOf(await enter(faulty, other))).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
  });
});
