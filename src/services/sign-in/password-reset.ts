// A forgotten password: a link by mail sets a new one. It signs nobody in, and takes no second factor away.

import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Throttle } from '../../ephemeral/throttle.js';
import { parseEmail } from '../../input/email.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import { daysAfter, today } from '../../lib/calendar.js';
import type { Address } from '../../lib/ip.js';
import type { Keyring } from '../../secrets/keyring.js';
import { passwordResetMail } from './mails/password-reset.js';
import { type PasswordParts, setPassword } from './password-change.js';

/** Days that a reset waits beyond its own: its link lives for an hour from the mail, which may take a day. */
const LIFETIME_DAYS = 1;

interface Reset {
  readonly id: string;
  readonly email: string;
}

export class PasswordResetService {
  constructor(
    private readonly parts: PasswordParts & { readonly keyring: Keyring; readonly throttle: Throttle },
  ) {}

  /** Whether the e-mail address has an account is looked up when the mail is sent, and is revealed to nobody else. */
  async request(text: string, source: Address | null): Promise<Outcome<null>> {
    const { database, outbox, throttle } = this.parts;
    const tooMany = refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    if (!(await throttle.allows('password-reset', { source }))) return tooMany;
    const email = parseEmail(text);
    if (email === null) return refused({ field: 'email', code: 'INVALID_EMAIL' });
    if (!(await throttle.allows('password-reset', { email }))) return tooMany;
    const id = randomUUID();
    await database.transaction(async (manager) => {
      await manager.query('INSERT INTO password_reset (id, email, expires_on) VALUES ($1, $2, $3)', [
        id,
        email,
        daysAfter(today(), LIFETIME_DAYS),
      ]);
      await outbox.put(manager, passwordResetMail, { passwordResetId: id });
    });
    return done(null);
  }

  /**
   * All sessions of the account end, and the wrong passwords that anybody has tried are forgotten. A password that is refused
   * leaves the link as it is. `source`: where the request comes from.
   */
  async reset(token: string, newPassword: string, source: Address | null): Promise<Outcome<null>> {
    const { keyring, throttle } = this.parts;
    const invalid = refused({ field: 'token', code: 'LINK_INVALID' });
    const resetId = keyring.redeem('password-reset-link', token);
    const owner = resetId === null ? null : await this.ownerOf(resetId);
    if (resetId === null || owner === null) return invalid;
    if (!(await throttle.allows('reset-password', { email: owner.email }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const use = async (manager: EntityManager) => {
      // Of two that come at once with the same link, one finds it used.
      const [, count] = await manager.query<[unknown[], number]>('DELETE FROM password_reset WHERE id = $1', [
        resetId,
      ]);
      return count > 0;
    };
    const outcome = await setPassword(this.parts, owner, newPassword, { use });
    if (!outcome.ok) return outcome;
    if (!outcome.value) return invalid;
    await throttle.clear('sign-in', { email: owner.email, source });
    return done(null);
  }

  private async ownerOf(resetId: string): Promise<Reset | null> {
    const [owner] = await this.parts.database.query<Reset[]>(
      `SELECT account.id, account.email FROM password_reset JOIN account USING (email)
       WHERE password_reset.id = $1 AND expires_on >= $2`,
      [resetId, today()],
    );
    return owner ?? null;
  }
}
