// Finds the account of an e-mail address and password. The work is the same whether or not there is an account.
import type { Repository } from 'typeorm';
import type { Account, Role } from '../../entities/account/account.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { parseEmail } from '../../input/email.js';
import type { UserError } from '../../input/user-error.js';
import type { PasswordHasher } from './password.js';

/** The session in which somebody acts. */
export interface ActingSession {
  readonly accountId: string;
  readonly token: string;
}

/** An account as it was when it was read. */
export interface Holder {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly passwordHash: string;
}

export class CredentialService {
  constructor(
    private readonly accounts: Repository<Account>,
    private readonly passwords: PasswordHasher,
  ) {}

  /** The account whose credentials these are, or null. A hash with outdated parameters is replaced on the way. */
  async check(input: { email: string; password: string }): Promise<Holder | null> {
    // One row comes back either way: reading none is measurably quicker than reading one.
    const [found] = await this.accounts.query<[Partial<Holder>]>(
      `SELECT account.id, account.email, account.role, account.password_hash AS "passwordHash"
       FROM (VALUES ($1)) AS asked (email) LEFT JOIN account USING (email)`,
      [parseEmail(input.email)],
    );
    const matches = await this.passwords.verify(found.passwordHash ?? null, input.password);
    if (!matches) return null;
    const holder = found as Holder;
    if (!this.passwords.isOutdated(holder.passwordHash)) return holder;
    // A concurrent change of the hash wins: the password may have changed.
    return (await this.rehash(holder, input.password)) ?? this.check(input);
  }

  async holder(accountId: string): Promise<Holder | null> {
    const account = await this.accounts.findOneBy({ id: accountId });
    if (account === null) return null;
    const { id, email, role, passwordHash } = account;
    return { id, email, role, passwordHash };
  }

  async isPasswordOf(accountId: string, password: string): Promise<boolean> {
    const holder = await this.holder(accountId);
    return this.passwords.verify(holder?.passwordHash ?? null, password);
  }

  /** Null when the hash is not the one that was read any more. */
  private async rehash(holder: Holder, password: string): Promise<Holder | null> {
    const passwordHash = await this.passwords.hash(password);
    const { affected } = await this.accounts.update(
      { id: holder.id, passwordHash: holder.passwordHash },
      { passwordHash },
    );
    return affected === 1 ? { ...holder, passwordHash } : null;
  }
}

/** What speaks against the password as one that the signed-in person shows once more; the tries are counted. */
export async function shownPasswordError(
  parts: { readonly credentials: CredentialService; readonly throttle: Throttle },
  { accountId, token }: ActingSession,
  password: string,
): Promise<UserError | null> {
  const { credentials, throttle } = parts;
  // By session: somebody who has stolen another one cannot use up the tries of this one.
  const subject = { known: token };
  if (!(await throttle.allows('step-up', subject))) return { field: null, code: 'TOO_MANY_ATTEMPTS' };
  if (!(await credentials.isPasswordOf(accountId, password))) {
    return { field: 'password', code: 'PASSWORD_WRONG' };
  }
  await throttle.forget('step-up', subject);
  return null;
}
