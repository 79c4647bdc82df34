// Accounts: the record of each, its billing details, receipts of payments, and reports of minors.

import type { Database } from '../../db/database.js';
import type { Clock } from '../../lib/calendar.js';
import { type OwnerLookup, withParts } from '../../mail/mail.js';
import type { Outbox } from '../../mail/outbox.js';
import { AccountService } from '../../services/account/account.js';
import { AccountUseService } from '../../services/account/account-use.js';
import type { AgeService } from '../../services/account/age.js';
import { BillingService } from '../../services/account/billing.js';
import { MinorReports } from '../../services/account/minor-reports.js';
import { ProfileService } from '../../services/account/profile.js';
import { ReceiptService } from '../../services/account/receipt.js';
import type { AccountServices } from '../../services/account/services.js';
import type { Capability } from '../capability.js';
import { ACCOUNT_MAILS } from '../mails.js';

export function createAccount(parts: {
  readonly database: Pick<Database, 'orm' | 'reads' | 'writes'>;
  readonly outbox: Outbox;
  readonly ages: AgeService;
  readonly ownerOf: OwnerLookup;
  readonly contact: string;
  readonly clock: Clock;
}): Capability<AccountServices> {
  const { outbox, ages, ownerOf, contact, clock } = parts;
  const { orm: database, reads, writes } = parts.database;
  const accounts = new AccountService(reads);
  const accountUse = new AccountUseService({ database, clock });
  return {
    services: {
      account: accounts,
      accountUse,
      age: ages,
      billing: new BillingService(database, ages),
      minorReports: new MinorReports({ accounts, database, outbox, clock }),
      profile: new ProfileService(database, writes, ages),
      receipt: new ReceiptService({ accounts, accountUse, database, outbox }),
    },
    mails: withParts(ACCOUNT_MAILS, { database, ownerOf, contact }),
    nodes: [
      {
        type: 'Account',
        table: 'account',
        // Staff do not see the accounts of others here: support access is audited, and needs a reason.
        find: async (id, { accountId }) => (id === accountId ? accounts.find(id) : null),
      },
    ],
  };
}
