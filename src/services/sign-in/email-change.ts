// Changing the e-mail address: both mailboxes confirm, in either order, before anything changes.

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { violatedConstraint } from '../../db/unique-violation.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { parseEmail } from '../../input/email.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import { daysAfter, today } from '../../lib/calendar.js';
import type { Address } from '../../lib/ip.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import { emailChangeMail } from './mails/email-change.js';
import { emailChangedMail } from './mails/email-changed.js';
import { securityNoticeMail } from './mails/security-notice.js';
import { deletePending } from './pending.js';

/** Days that a change waits beyond its own: the mail may take one, and its link lives for another. */
const LIFETIME_DAYS = 2;

export interface PendingEmailChange {
  readonly newEmail: string;
  readonly confirmedOld: boolean;
  readonly confirmedNew: boolean;
}

interface Requested {
  readonly accountId: string;
  readonly oldEmail: string;
  readonly newEmail: string;
  readonly locale: string;
}

export class EmailChangeService {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly outbox: Outbox;
      readonly keyring: Keyring;
      readonly throttle: Throttle;
    },
  ) {}

  /** The latest request stands; links of an earlier one stop working. Whether the new address has an account is not looked up. */
  async request(accountId: string, text: string, source: Address | null): Promise<Outcome<null>> {
    const { database, outbox, throttle } = this.parts;
    const tooMany = refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    if (!(await throttle.allows('email-change', { accountId, source }))) return tooMany;
    const email = parseEmail(text);
    if (email === null) return refused({ field: 'newEmail', code: 'INVALID_EMAIL' });
    const [own] = await database.query<unknown[]>('SELECT 1 FROM account WHERE id = $1 AND email = $2', [
      accountId,
      email,
    ]);
    if (own !== undefined) return refused({ field: 'newEmail', code: 'SAME_EMAIL' });
    if (!(await throttle.allows('email-change', { email }))) return tooMany;
    await database.transaction(async (manager) => {
      const id = await this.begin(manager, accountId, { email, oldConfirmed: false });
      await outbox.put(
        manager,
        emailChangeMail,
        { emailChangeId: id, side: 'old' },
        { emailChangeId: id, side: 'new' },
      );
    });
    return done(null);
  }

  /** True when the other mailbox had confirmed before, so that the address is another one now. Each link works once. */
  async confirm(token: string): Promise<Outcome<boolean>> {
    const { database, keyring } = this.parts;
    const [id, side] = keyring.redeem('email-change-link', token)?.split(':') ?? [];
    const invalid = refused({ field: 'token', code: 'LINK_INVALID' });
    if (id === undefined || (side !== 'old' && side !== 'new')) return invalid;
    try {
      const complete = await database.transaction((manager) => this.confirmSide(manager, id, side));
      return complete === null ? invalid : done(complete);
    } catch (error) {
      if (violatedConstraint(error) === null) throw error;
      // The new address has come by an account meanwhile.
      await database.query('DELETE FROM email_change WHERE id = $1', [id]);
      return invalid;
    }
  }

  /**
   * Begins a change that a data protection officer has decided, in the transaction of the decision: the new mailbox alone is
   * left to confirm it. `email`: in its one form.
   */
  async grant(manager: EntityManager, accountId: string, email: string): Promise<void> {
    const emailChangeId = await this.begin(manager, accountId, { email, oldConfirmed: true });
    await this.parts.outbox.put(manager, emailChangeMail, { emailChangeId, side: 'new' });
  }

  /** False when there was nothing to cancel. */
  async cancel(accountId: string): Promise<boolean> {
    const [, count] = await this.parts.database.query<[unknown[], number]>(
      'DELETE FROM email_change WHERE account_id = $1',
      [accountId],
    );
    return count > 0;
  }

  async pending(accountId: string): Promise<PendingEmailChange | null> {
    const [row] = await this.parts.database.query<PendingEmailChange[]>(
      `SELECT new_email AS "newEmail", old_confirmed AS "confirmedOld", new_confirmed AS "confirmedNew"
       FROM email_change WHERE account_id = $1 AND expires_on >= $2`,
      [accountId, today()],
    );
    return row ?? null;
  }

  /** Replaces a pending change, whose links then stop working. */
  private async begin(
    manager: EntityManager,
    accountId: string,
    { email, oldConfirmed }: { email: string; oldConfirmed: boolean },
  ): Promise<string> {
    const id = randomUUID();
    await manager.query(
      `INSERT INTO email_change (id, account_id, new_email, old_confirmed, expires_on) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (account_id) DO UPDATE SET (id, new_email, old_confirmed, new_confirmed, expires_on) =
         (excluded.id, excluded.new_email, excluded.old_confirmed, false, excluded.expires_on)`,
      [id, accountId, email, oldConfirmed, daysAfter(today(), LIFETIME_DAYS)],
    );
    return id;
  }

  /** Null when there is no such request, or this side has confirmed it before. */
  private async confirmSide(
    manager: EntityManager,
    id: string,
    side: 'old' | 'new',
  ): Promise<boolean | null> {
    // Two sides that confirm at once wait here for each other. The account is locked first, as its erasure does.
    const [requested] = await manager.query<Requested[]>(
      `SELECT account.id AS "accountId", account.email AS "oldEmail", new_email AS "newEmail",
         account.locale
       FROM email_change JOIN account ON account.id = account_id WHERE email_change.id = $1 FOR UPDATE OF account`,
      [id],
    );
    const [[confirmed]] = await manager.query<[{ complete: boolean }[], number]>(
      `UPDATE email_change SET ${side}_confirmed = true
       WHERE id = $1 AND NOT ${side}_confirmed AND expires_on >= $2
       RETURNING old_confirmed AND new_confirmed AS complete`,
      [id, today()],
    );
    if (requested === undefined || confirmed === undefined) return null;
    if (confirmed.complete) await this.complete(manager, requested);
    return confirmed.complete;
  }

  private async complete(
    manager: EntityManager,
    { accountId, oldEmail, newEmail, locale }: Requested,
  ): Promise<void> {
    await manager.query('UPDATE account SET email = $2 WHERE id = $1', [accountId, newEmail]);
    await manager.query('DELETE FROM email_change WHERE account_id = $1', [accountId]);
    for (const email of [oldEmail, newEmail]) await deletePending(manager, email);
    const { outbox } = this.parts;
    await outbox.put(manager, securityNoticeMail, { accountId, change: 'email-changed' });
    // Mails to the account go to the new address from now on, so the old one gets a separate mail.
    await outbox.put(manager, emailChangedMail, { accountId, address: oldEmail, locale });
  }
}
