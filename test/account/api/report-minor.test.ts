import { beforeAll, describe, expect, it } from 'vitest';
import { ReportMinor, ViewerMinorReport, WithdrawMinorReport } from '../../../client/generated/operations.js';
import { daysAfter, today } from '../../../src/lib/calendar.js';
import { DAY_MS } from '../../../src/lib/durations.js';
import { useGateway, useMailServer } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import type { TestAccount } from '../../support/people/account.js';

const ERASES_ON = daysAfter(today(), 7);

describe('reportMinor', () => {
  const mails = useMailServer();
  const gateway = useGateway(() => ({ config: { smtpUrl: mails.url }, clock: () => now }));
  let support: TestAccount;
  let dpo: TestAccount;
  let now = Date.now();
  beforeAll(async () => {
    support = await gateway.account({ role: 'support' });
    dpo = await gateway.account({ role: 'dpo' });
  });

  const sender = ({ token, fresh: headers }: TestAccount) => ({ token, headers });
  const report = async (account: string, caseReference = 'CASE-7', by = support) => {
    const variables = { input: { account, caseReference } };
    return (await gateway.ask(ReportMinor, variables, sender(by))).data.reportMinor;
  };
  const withdraw = async (account: string, by = dpo) => {
    const { data } = await gateway.ask(WithdrawMinorReport, { input: { account } }, sender(by));
    return data.withdrawMinorReport;
  };
  const known = async (account: TestAccount) =>
    (await gateway.ask(ViewerMinorReport, {}, sender(account))).data.viewer.minorReport;
  const accountRows = (id: string) => gateway.query('SELECT id FROM account WHERE id = $1', [id]);

  it.each(['id', 'email'] as const)(
    'by %s erases nothing: the owner gets a mail, and can still act',
    async (by) => {
      const dan = await gateway.account({ locale: 'de' });
      const named = by === 'id' ? dan.id : ` ${dan.email.toUpperCase()}`;
      const expected = { caseReference: 'CASE-7', erasesOn: ERASES_ON };
      expect(await report(named)).toEqual({ minorReport: expected, userErrors: [] });
      const mail = await mails.next(dan.email);
      expect(mail.subject).toMatch(/^Ihr Konto wird am .* gelöscht$/);
      expect(mail.text).toContain('CASE-7');
      expect(await known(dan)).toEqual(expected);
    },
  );

  it('erases the account when seven days are over, and the last mail names the case', async () => {
    const carl = await gateway.account();
    await report(carl.email);
    await mails.next(carl.email);
    now += 7 * DAY_MS;
    const mail = await mails.next(carl.email);
    now -= 7 * DAY_MS;
    expect(mail.subject).toBe('Your account is closed');
    expect(mail.text).toContain('CASE-7');
    await expect.poll(() => accountRows(carl.id)).toEqual([]);
  });

  it('that is withdrawn leaves the account for good, and the owner gets a mail', async () => {
    const [emma, other] = await Promise.all([gateway.account(), gateway.account()]);
    await Promise.all([report(emma.id), report(other.id)]);
    await mails.next(emma.email);
    expect(await withdraw(emma.email)).toEqual({ userErrors: [] });
    expect((await mails.next(emma.email)).subject).toBe('Your account will not be deleted');
    expect(await known(emma)).toBeNull();
    await mails.next(other.email);
    now += 7 * DAY_MS;
    await mails.next(other.email);
    now -= 7 * DAY_MS;
    expect(await accountRows(emma.id)).toHaveLength(1);
    expect(errorsOf(await withdraw(emma.email))).toEqual([{ field: 'account', code: 'NO_MINOR_REPORT' }]);
  });

  it('of an account that is reported already keeps the first report and sends no mail', async () => {
    const fred = await gateway.account();
    await report(fred.id);
    now += DAY_MS;
    const again = await report(fred.id, 'CASE-8', dpo);
    now -= DAY_MS;
    expect(again.minorReport).toEqual({ caseReference: 'CASE-7', erasesOn: ERASES_ON });
    await mails.next(fred.email);
    await withdraw(fred.id);
    expect((await mails.next(fred.email)).subject).toBe('Your account will not be deleted');
  });

  it('needs a fresh factor, in a session of staff too: STEP_UP_REQUIRED', async () => {
    const gina = await gateway.account();
    const { token } = support;
    for (const [operation, variables] of [
      [ReportMinor, { input: { account: gina.id, caseReference: 'CASE-7' } }],
      [WithdrawMinorReport, { input: { account: gina.id } }],
    ] as const) {
      const { errors } = await gateway.ask(operation as typeof ReportMinor, variables as never, { token });
      expect(errors?.[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
    }
    expect(await known(gina)).toBeNull();
  });

  it.each(['nobody@example.com', '00000000-0000-4000-8000-000000000000', 'no address', ''])(
    'refuses %j, which is no account: UNKNOWN_ACCOUNT',
    async (account) => {
      expect(errorsOf(await report(account))).toEqual([{ field: 'account', code: 'UNKNOWN_ACCOUNT' }]);
      expect(errorsOf(await withdraw(account))).toEqual([{ field: 'account', code: 'UNKNOWN_ACCOUNT' }]);
    },
  );

  it.each(['support', 'dpo', 'admin'] as const)(
    'refuses an account of the role %s: ACCOUNT_IS_STAFF',
    async (role) => {
      const { email } = await gateway.account({ role });
      expect(errorsOf(await report(email))).toEqual([{ field: 'account', code: 'ACCOUNT_IS_STAFF' }]);
    },
  );

  it.each([
    ['', 'INVALID_REFERENCE'],
    ['two words', 'INVALID_REFERENCE'],
    ['a'.repeat(65), 'INVALID_REFERENCE'],
    ['7\u0007', 'INVALID_REFERENCE'],
    ['4111111111111111', 'CARD_NUMBER'],
  ])('refuses the reference %j: %s', async (reference, code) => {
    const { id } = await gateway.account();
    expect(errorsOf(await report(id, reference))).toEqual([{ field: 'caseReference', code }]);
    expect(await gateway.query('SELECT FROM minor_report WHERE account_id = $1', [id])).toEqual([]);
  });
});
