// The people who run the product: made on the command line alone, listed, and off-boarded. There is always an admin.
import { randomBytes, randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { placeBy, readPage } from '../../db/page.js';
import type { Role } from '../../entities/account/account.js';
import { parseEmail } from '../../input/email.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import type { Page, PageRequest } from '../../lib/pages.js';
import { isUuid } from '../../lib/uuid.js';
import type { ErasureService } from '../erasure/erasure.js';
import { createPasswordHasher } from '../sign-in/password.js';
import type { SessionService } from '../sign-in/session.js';

/** The text given is not an e-mail address; the message does not repeat it. */
export class InvalidEmail extends Error {
  override readonly name = 'InvalidEmail';

  constructor() {
    super('not an e-mail address');
  }
}

export const STAFF_ROLES = ['support', 'dpo', 'admin'] as const satisfies readonly Role[];
export type StaffRole = (typeof STAFF_ROLES)[number];

export interface StaffView {
  /** Id. */
  readonly account: string;
  readonly email: string;
  readonly role: StaffRole;
  /** Whether they can act: staff without a second factor can do nothing. */
  readonly secondFactor: boolean;
  /** How many open rights requests they have taken. */
  readonly openRequests: number;
}

interface Stores {
  readonly database: DataSource;
  readonly sessions: Pick<SessionService, 'revokeAll'>;
}

const STAFF = `SELECT id AS account, email, role,
    EXISTS (SELECT FROM totp WHERE account_id = account.id AND confirmed)
      OR EXISTS (SELECT FROM passkey WHERE account_id = account.id) AS "secondFactor",
    (SELECT count(*) FROM rights_request WHERE handler_id = account.id AND closed_on IS NULL)::integer
      AS "openRequests"
  FROM account`;

/** By e-mail address. */
export function listStaff(database: Pick<DataSource, 'query'>): Promise<StaffView[]> {
  return database.query<StaffView[]>(`${STAFF} WHERE role <> 'user' ORDER BY email COLLATE "C"`);
}

/**
 * Makes an account of the role with a generated password, or gives the role to an account that exists: its password
 * stays, and its sessions, which have the old role, are ended. 'unchanged': it has the role already, and nothing is done.
 * 'last-admin': it is the only admin and stays one. Throws InvalidEmail.
 */
export async function createStaff(
  { database, sessions }: Stores,
  email: string,
  role: StaffRole,
): Promise<
  | { outcome: 'created'; password: string }
  | { outcome: 'changed' }
  | { outcome: 'unchanged' }
  | { outcome: 'last-admin' }
> {
  const address = parseEmail(email);
  if (address === null) throw new InvalidEmail();
  const password = randomBytes(24).toString('base64url');
  const passwords = await createPasswordHasher();
  const id = randomUUID();
  const [created] = await database.query<{ id: string }[]>(
    `INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, $3, $4)
     ON CONFLICT (email) DO NOTHING RETURNING id`,
    [id, address, await passwords.hash(password), role],
  );
  if (created !== undefined) return { outcome: 'created', password };
  const [existing] = await database.query<{ id: string; role: Role }[]>(
    'SELECT id, role FROM account WHERE email = $1',
    [address],
  );
  if (existing?.role === role) return { outcome: 'unchanged' };
  const userError =
    existing === undefined ? null : await changeRole({ database, sessions }, existing.id, role);
  return { outcome: userError === null ? 'changed' : 'last-admin' };
}

/** Makes staff a customer, with nothing taken and no session. `account`: an id or an e-mail address. */
export async function dismiss(stores: Stores, account: string): Promise<Outcome<{ readonly id: string }>> {
  const by = isUuid(account) ? 'id' : 'email';
  const [found] = await stores.database.query<{ id: string; role: Role }[]>(
    `SELECT id, role FROM account WHERE ${by} = $1`,
    [by === 'id' ? account : parseEmail(account)],
  );
  if (found === undefined) return refused({ field: 'account', code: 'UNKNOWN_ACCOUNT' });
  if (found.role === 'user') return refused({ field: 'account', code: 'NOT_STAFF' });
  const userError = await changeRole(stores, found.id, 'user');
  return userError === null ? done({ id: found.id }) : refused(userError);
}

export class StaffService {
  constructor(
    private readonly parts: Stores & { readonly erasure: Pick<ErasureService, 'erase' | 'write'> },
  ) {}

  /** By e-mail address; `role`: null for all of staff. Throws InvalidCursor. */
  page(request: PageRequest, role: Role | null): Promise<Page<StaffView>> {
    const list = {
      name: 'staff',
      sql: `SELECT staff.*, ${placeBy('email')} FROM (${STAFF} WHERE role <> 'user') AS staff
        WHERE $1::text IS NULL OR role = $1`,
      values: [role],
    };
    return readPage(this.parts.database, list, request);
  }

  /** Staff become a customer, whose account is erased when it is to be closed. */
  async remove(account: string, { close }: { readonly close: boolean }): Promise<Outcome<null>> {
    const { erasure } = this.parts;
    const outcome = await dismiss(this.parts, account);
    if (!outcome.ok) return outcome;
    if (close) await erasure.erase(outcome.value.id);
    return done(null);
  }

  /** Closes one's own account, whatever its role; a user error when no admin would be left. */
  async close(accountId: string): Promise<UserError | null> {
    const { database, erasure } = this.parts;
    const userError = await database.transaction(async (manager) => {
      const refusal = await lastAdminError(manager, accountId);
      if (refusal === null) await erasure.write(manager, accountId);
      return refusal;
    });
    if (userError === null) await erasure.erase(accountId);
    return userError;
  }
}

/** The sessions end before the commit, so that nothing changes while Redis is away; and after it those that began meanwhile. */
async function changeRole(
  { database, sessions }: Stores,
  accountId: string,
  role: Role,
): Promise<UserError | null> {
  const userError = await database.transaction(async (manager) => {
    const refusal = role === 'admin' ? null : await lastAdminError(manager, accountId);
    if (refusal !== null) return refusal;
    await manager.query('UPDATE account SET role = $2 WHERE id = $1', [accountId, role]);
    if (role !== 'dpo') {
      await manager.query(
        'UPDATE rights_request SET handler_id = NULL WHERE handler_id = $1 AND closed_on IS NULL',
        [accountId],
      );
    }
    await sessions.revokeAll(accountId);
    return null;
  });
  if (userError === null) await sessions.revokeAll(accountId);
  return userError;
}

/**
 * Of two admins who leave at once, the second waits here and then is the last. The account's own role is read under the lock: it may
 * become an admin's, and the only one, meanwhile.
 */
async function lastAdminError(manager: EntityManager, accountId: string): Promise<UserError | null> {
  const locked = await manager.query<{ id: string; role: Role }[]>(
    "SELECT id, role FROM account WHERE id = $1 OR role = 'admin' ORDER BY id FOR UPDATE",
    [accountId],
  );
  if (locked.find(({ id }) => id === accountId)?.role !== 'admin') return null;
  // A separate statement: one that waited for a lock does not see what was written meanwhile.
  const admins = await manager.query<{ id: string }[]>(
    "SELECT id FROM account WHERE role = 'admin' AND id NOT IN (SELECT account_id FROM erasure)",
  );
  const isLast = admins.length === 1 && admins[0]?.id === accountId;
  return isLast ? { field: null, code: 'LAST_ADMIN' } : null;
}
