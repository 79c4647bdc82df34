import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { today } from '../../../src/lib/calendar.js';
import { dayFromNow, errorsOf, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { type MailServer, startMailServer } from '../../support/mail-server.js';

describe('sendReceipt', () => {
  let server: MailServer;
  let gateway: TestGateway;
  let staff: string;
  beforeAll(async () => {
    server = await startMailServer();
    gateway = await startTestGateway({ config: { smtpUrl: server.url } });
    staff = await gateway.support();
  });
  afterAll(async () => {
    await gateway?.stop();
    await server?.stop();
  });

  const send = async (input: Record<string, unknown>) => {
    const { data } = await gateway.call({
      query: `mutation ($input: SendReceiptInput!) {
        sendReceipt(input: $input) { userErrors { field code } }
      }`,
      variables: {
        input: { reference: '2026-0042', amount: 2999, currency: 'EUR', paidOn: today(), ...input },
      },
      token: staff,
    });
    return errorsOf(data.sendReceipt);
  };

  it('mails what was paid, as people of the customer’s language write it', async () => {
    const { id: account, email } = await gateway.account({ locale: 'de' });
    expect(await send({ account, amount: 123456, paidOn: dayFromNow(-3) })).toEqual([]);
    const mail = await server.next(email);
    expect(mail.subject).toBe('Zahlungsbeleg 2026-0042');
    expect(mail.text).toContain('\nBetrag: 1.234,56\u00a0€\n');
    expect(mail.text).toContain('weil Sie eine Zahlung geleistet haben');
    expect(mail.html).toContain('<dd>1.234,56\u00a0€</dd>');
  });

  it('finds the account by its e-mail address, in any case', async () => {
    const { email } = await gateway.account();
    expect(await send({ account: ` ${email.toUpperCase()}` })).toEqual([]);
    expect((await server.next(email)).text).toContain('2026-0042');
  });

  it('keeps nothing of the payment', async () => {
    const { id: account, email } = await gateway.account();
    expect(await send({ account, reference: 'CANARY-4711' })).toEqual([]);
    await server.next(email);
    expect(gateway.log.join('')).not.toContain('4711');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an account that is not there', { account: randomUUID() }, 'UNKNOWN_ACCOUNT'],
    ['an address without an account', { account: 'ada@example.com' }, 'UNKNOWN_ACCOUNT'],
    ['neither an id nor an address', { account: 'ada' }, 'UNKNOWN_ACCOUNT'],
    ['a reference with a line break', { reference: '1\r\nBcc: eve@example.com' }, 'INVALID_REFERENCE'],
    ['an empty reference', { reference: ' ' }, 'INVALID_REFERENCE'],
    ['a card number as reference', { reference: '4111-1111-1111-1111' }, 'CARD_NUMBER'],
    ['nothing paid', { amount: 0 }, 'AMOUNT_TOO_LOW'],
    ['less than nothing paid', { amount: -1 }, 'AMOUNT_TOO_LOW'],
    ['a currency that is none', { currency: 'eur' }, 'UNKNOWN_CURRENCY'],
    ['a payment of tomorrow', { paidOn: dayFromNow(1) }, 'PAID_ON_OUT_OF_RANGE'],
    ['a payment of long ago', { paidOn: dayFromNow(-367) }, 'PAID_ON_OUT_OF_RANGE'],
  ])('refuses %s', async (_what, input, code) => {
    const { id: account } = await gateway.account();
    expect(await send({ account, ...input })).toEqual([{ field: Object.keys(input)[0], code }]);
  });

  it('returns all errors together', async () => {
    const { id: account } = await gateway.account();
    const codes = await send({ account, reference: '', amount: 0, currency: '', paidOn: dayFromNow(9) });
    expect(codes.map(({ code }) => code)).toEqual([
      'INVALID_REFERENCE',
      'AMOUNT_TOO_LOW',
      'UNKNOWN_CURRENCY',
      'PAID_ON_OUT_OF_RANGE',
    ]);
  });
});
