// The people who run the product: they are made here and nowhere in the public API.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Repository } from 'typeorm';
import type { Account, Role } from '../entities/account.js';
import { parseEmail } from './email.js';
import { createPasswordHasher } from './password.js';
import type { SessionService } from './session.js';

/** The text given is not an e-mail address; the message does not repeat it. */
export class InvalidEmail extends Error {
  override readonly name = 'InvalidEmail';

  constructor() {
    super('not an e-mail address');
  }
}

export const STAFF_ROLES = ['support', 'dpo', 'admin'] as const satisfies readonly Role[];
export type StaffRole = (typeof STAFF_ROLES)[number];

/**
 * Makes an account of the role with a generated password, or gives the role to an account that exists: its password
 * stays, and its sessions, which have the old role, are ended. Throws InvalidEmail.
 */
export async function createStaff(
  stores: { readonly accounts: Repository<Account>; readonly sessions: SessionService },
  email: string,
  role: StaffRole,
): Promise<{ outcome: 'created'; password: string } | { outcome: 'changed' }> {
  const address = parseEmail(email);
  if (address === null) throw new InvalidEmail();
  const password = randomBytes(24).toString('base64url');
  const passwords = await createPasswordHasher();
  const id = randomUUID();
  const [row] = await stores.accounts.query<[{ id: string }]>(
    `INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, $3, $4)
     ON CONFLICT (email) DO UPDATE SET role = excluded.role RETURNING id`,
    [id, address, await passwords.hash(password), role],
  );
  if (row.id === id) return { outcome: 'created', password };
  await stores.sessions.revokeAll(row.id);
  return { outcome: 'changed' };
}
