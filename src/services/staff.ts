// The people who run the product: admins are made here and nowhere in the public API.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Repository } from 'typeorm';
import type { Account } from '../entities/account.js';
import { parseEmail } from './email.js';
import { createPasswordHasher } from './password.js';

/** The text given is not an e-mail address; the message does not repeat it. */
export class InvalidEmail extends Error {
  override readonly name = 'InvalidEmail';

  constructor() {
    super('not an e-mail address');
  }
}

/**
 * Makes an admin with a generated password, or makes an existing account one; it keeps its password then. Sessions that
 * an existing account has keep their old role until it signs in again. Throws InvalidEmail.
 */
export async function createAdmin(
  accounts: Repository<Account>,
  email: string,
): Promise<{ outcome: 'created'; password: string } | { outcome: 'promoted' }> {
  const address = parseEmail(email);
  if (address === null) throw new InvalidEmail();
  const password = randomBytes(24).toString('base64url');
  const passwords = await createPasswordHasher();
  const id = randomUUID();
  const [row] = await accounts.query<{ id: string }[]>(
    `INSERT INTO account (id, email, password_hash, role) VALUES ($1, $2, $3, 'admin')
     ON CONFLICT (email) DO UPDATE SET role = 'admin' RETURNING id`,
    [id, address, await passwords.hash(password)],
  );
  return row?.id === id ? { outcome: 'created', password } : { outcome: 'promoted' };
}
