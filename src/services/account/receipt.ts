// Receipts by mail for payments, which are made elsewhere: what staff enter goes into the mail, and is not kept.

import type { DataSource } from 'typeorm';
import { holdsCardNumber } from '../../input/card-number.js';
import { isUserError } from '../../input/listing.js';
import { REFERENCE } from '../../input/reference.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import { type Day, daysAfter, today } from '../../lib/calendar.js';
import type { Outbox } from '../../mail/outbox.js';
import type { AccountService } from './account.js';
import type { AccountUseService } from './account-use.js';
import { type Receipt, receiptMail } from './mails/receipt.js';

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
/** Days after a payment in which its receipt can be sent. */
const LATEST_DAYS = 366;

export class ReceiptService {
  constructor(
    private readonly parts: {
      readonly accounts: Pick<AccountService, 'findByIdOrEmail'>;
      readonly accountUse: Pick<AccountUseService, 'mark'>;
      readonly database: DataSource;
      readonly outbox: Outbox;
    },
  ) {}

  /** `account`: its id or its e-mail address. */
  async send(account: string, receipt: Receipt & { readonly paidOn: Day }): Promise<Outcome<null>> {
    const userErrors = receiptErrors(receipt);
    if (userErrors.length > 0) return refused(...userErrors);
    const unknown = refused({ field: 'account', code: 'UNKNOWN_ACCOUNT' });
    const found = await this.parts.accounts.findByIdOrEmail(account);
    if (found === null) return unknown;
    const accountId = found.id;
    return this.parts.database.transaction(async (manager) => {
      const accounts = await manager.query<unknown[]>('SELECT FROM account WHERE id = $1', [accountId]);
      if (accounts.length === 0) return unknown;
      await this.parts.outbox.put(manager, receiptMail, { accountId, receipt });
      // Who pays uses the account, even without signing in.
      await this.parts.accountUse.mark(accountId, manager);
      return done(null);
    });
  }
}

function receiptErrors({ reference, amount, currency, paidOn }: Receipt): UserError[] {
  const earliest = daysAfter(today(), -LATEST_DAYS);
  const userErrors: readonly (UserError | null)[] = [
    referenceError(reference),
    amount >= 1 ? null : { field: 'amount', code: 'AMOUNT_TOO_LOW' },
    CURRENCIES.has(currency) ? null : { field: 'currency', code: 'UNKNOWN_CURRENCY' },
    paidOn >= earliest && paidOn <= today() ? null : { field: 'paidOn', code: 'PAID_ON_OUT_OF_RANGE' },
  ];
  return userErrors.filter(isUserError);
}

function referenceError(reference: string): UserError | null {
  if (!REFERENCE.test(reference)) return { field: 'reference', code: 'INVALID_REFERENCE' };
  return holdsCardNumber(reference) ? { field: 'reference', code: 'CARD_NUMBER' } : null;
}
