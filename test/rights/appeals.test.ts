import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerAppeal,
  AppealRightsRequest,
  DenyRightsRequest,
  FulfilRightsRequest,
  SubmitRightsRequest,
  TakeRightsRequest,
  WithdrawRightsRequest,
} from '../../client/generated/operations.js';
import { DAY_MS } from '../../src/lib/durations.js';
import { useGateway, useMailServer } from '../support/fixtures.js';
import { errorsOf, startTestGateway } from '../support/gateway.js';
import type { TestAccount } from '../support/people/account.js';

const NOW = Date.parse('2027-03-05T20:00:00Z');

describe('an appeal of a denial', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let officer: TestAccount;
  let now = NOW;
  beforeAll(async () => {
    officer = await gateway.account({ role: 'dpo' });
  });

  const sender = ({ token, fresh: headers }: TestAccount) => ({ token, headers });

  /** A complaint that was denied; what its owner sees of it. */
  async function denied(person: TestAccount, usState: string | null) {
    const input = { kind: 'COMPLAINT', statement: 'Too many mails.', usState } as const;
    const { data } = await gateway.ask(SubmitRightsRequest, { input }, sender(person));
    const { id } = data.submitRightsRequest.rightsRequest!;
    await mails.next(person.email);
    await gateway.ask(TakeRightsRequest, { input: { id } }, sender(officer));
    const answer = { input: { id, reason: 'NOT_COVERED' } } as const;
    const decided = await gateway.ask(DenyRightsRequest, answer, sender(officer));
    expect(decided.data.denyRightsRequest.userErrors).toEqual([]);
    return {
      rightsRequest: decided.data.denyRightsRequest.rightsRequest!,
      mail: await mails.next(person.email),
    };
  }
  const appeal = async (person: TestAccount, id: string, statement = 'It is covered.') => {
    const variables = { input: { id, statement } };
    return (await gateway.ask(AppealRightsRequest, variables, sender(person))).data.appealRightsRequest;
  };
  const answered = async (id: string, outcome: 'UPHELD' | 'REVERSED', answer = 'We have looked again.') => {
    await gateway.ask(TakeRightsRequest, { input: { id } }, sender(officer));
    const variables = { input: { id, outcome, answer } };
    return (await gateway.ask(AnswerAppeal, variables, sender(officer))).data.answerAppeal;
  };

  it('is offered by the letter until a day, with the attorney general of the state and no court', async () => {
    const anna = await gateway.account();
    const { rightsRequest: request, mail } = await denied(anna, 'VA');
    expect(request).toMatchObject({ status: 'DENIED', appealBy: '2027-05-04', appealOutcome: null });
    expect(mail.text).toMatch(/appeal this decision until 4 May 2027/);
    expect(mail.text).toMatch(/Attorney General of Virginia/);
    expect(mail.text).not.toMatch(/court|California/);
  });

  it.each([
    ['VA', '2027-05-04'],
    ['OR', '2027-04-19'],
    [null, '2027-04-19'],
  ])('under the law of %s is answered by %s, and the denial stands once and for all', async (state, day) => {
    const bert = await gateway.account();
    const { rightsRequest: request } = await denied(bert, state);
    const { rightsRequest: appealed } = await appeal(bert, request.id);
    expect(appealed).toMatchObject({ status: 'APPEALED', dueOn: day, appealStatement: 'It is covered.' });
    expect((await mails.next(bert.email)).text).toMatch(/We have received your appeal/);
    const upheld = await answered(request.id, 'UPHELD');
    expect(upheld.rightsRequest).toMatchObject({
      status: 'DENIED',
      appealOutcome: 'UPHELD',
      appealAnswer: 'We have looked again.',
      appealBy: null,
    });
    const { text } = await mails.next(bert.email);
    expect(text).toMatch(/the decision stands/);
    expect(text).toMatch(/Attorney General|attorney general/);
    expect(text).toContain('We have looked again.');
    expect(errorsOf(await appeal(bert, request.id))).toEqual([{ field: null, code: 'NO_APPEAL' }]);
  });

  it('that is granted opens the request again, and the officer answers it', async () => {
    const carla = await gateway.account();
    const { rightsRequest: request } = await denied(carla, 'CT');
    await appeal(carla, request.id);
    await mails.next(carla.email);
    const { rightsRequest: reversed } = await answered(request.id, 'REVERSED');
    expect(reversed).toMatchObject({ status: 'IN_PROGRESS', appealOutcome: 'REVERSED', dueOn: '2027-05-04' });
    expect((await mails.next(carla.email)).text).toMatch(/and we grant it/);
    const variables = { input: { id: request.id, answer: 'You are right.' } };
    const { data } = await gateway.ask(FulfilRightsRequest, variables, sender(officer));
    expect(data.fulfilRightsRequest.rightsRequest).toMatchObject({ status: 'FULFILLED' });
  });

  it('is not decided as a request is, and can be taken back', async () => {
    const dora = await gateway.account();
    const { rightsRequest: request } = await denied(dora, 'TX');
    await appeal(dora, request.id);
    await gateway.ask(TakeRightsRequest, { input: { id: request.id } }, sender(officer));
    const deny = { input: { id: request.id, reason: 'EXCESSIVE' } } as const;
    const { data } = await gateway.ask(DenyRightsRequest, deny, sender(officer));
    expect(errorsOf(data.denyRightsRequest)).toEqual([{ field: null, code: 'APPEAL_OPEN' }]);
    expect(errorsOf(await answered(request.id, 'UPHELD', ' '))).toEqual([
      { field: 'answer', code: 'TEXT_REQUIRED' },
    ]);
    const taken = await gateway.ask(WithdrawRightsRequest, { input: { id: request.id } }, sender(dora));
    expect(taken.data.withdrawRightsRequest.rightsRequest?.status).toBe('WITHDRAWN');
  });

  it('is given to nobody under the GDPR or in California, to no stranger, and not when its days are over', async () => {
    const [emil, frida, georg] = await Promise.all([
      gateway.account({ country: 'DE' }),
      gateway.account(),
      gateway.account(),
    ]);
    const german = (await denied(emil, null)).rightsRequest;
    expect(german.appealBy).toBeNull();
    expect(errorsOf(await appeal(emil, german.id))).toEqual([{ field: null, code: 'NO_APPEAL' }]);
    const { rightsRequest: californian, mail } = await denied(frida, 'CA');
    expect(errorsOf(await appeal(frida, californian.id))).toEqual([{ field: null, code: 'NO_APPEAL' }]);
    expect(mail.text).toMatch(/You can also go to court/);
    const { rightsRequest: request } = await denied(georg, 'VA');
    expect(errorsOf(await appeal(emil, request.id))).toEqual([{ field: 'id', code: 'UNKNOWN_REQUEST' }]);
    expect(errorsOf(await appeal(georg, request.id, ''))).toEqual([
      { field: 'statement', code: 'TEXT_REQUIRED' },
    ]);
    now = NOW + 61 * DAY_MS;
    expect(errorsOf(await appeal(georg, request.id))).toEqual([{ field: null, code: 'TOO_LATE_TO_APPEAL' }]);
    now = NOW;
  });
});

describe('corrections', () => {
  it('are made several at once: each is about something else', async () => {
    const gateway = await startTestGateway();
    try {
      const anna = await gateway.account();
      for (const day of ['2026-11-01', '2026-11-02']) {
        const input = { kind: 'CORRECTION', correction: { usageOn: day } } as const;
        const { data } = await gateway.ask(SubmitRightsRequest, { input }, sender(anna));
        expect(data.submitRightsRequest.userErrors).toEqual([]);
      }
    } finally {
      await gateway.stop();
    }
    function sender({ token, fresh: headers }: TestAccount) {
      return { token, headers };
    }
  });
});
