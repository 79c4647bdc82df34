// People who have an account already: made in the stores, for tests that are not about signing up or in.
import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Role } from '../../../src/entities/account/account.js';
import { Keyring } from '../../../src/secrets/keyring.js';
import { createPasswordHasher } from '../../../src/services/sign-in/password.js';
import { SessionService } from '../../../src/services/sign-in/session.js';
import { StepUpService } from '../../../src/services/sign-in/step-up.js';
import { SECRET_KEY } from '../settings.js';

export const PASSWORD = 'a long enough passphrase';

export interface TestAccount {
  readonly id: string;
  readonly email: string;
  /** Of a session; staff have shown a second factor for it. */
  readonly token: string;
  /** Header fields that prove a fresh factor for that session. */
  readonly fresh: Readonly<Record<string, string>>;
}

export interface NewTestAccount {
  readonly email?: string;
  readonly password?: string;
  readonly role?: Role;
  readonly country?: string;
  readonly locale?: string;
}

/** Makes an account, and a session of it, in the stores of a gateway with the tests' secret. */
export async function makeAccount(
  stores: { readonly databaseUrl: string; readonly redisUrl: string },
  options: NewTestAccount = {},
): Promise<TestAccount> {
  const { role = 'user', country = 'US', locale = 'en', password = PASSWORD } = options;
  const id = randomUUID();
  const email = options.email ?? `${randomBytes(6).toString('hex')}@example.com`;
  const client = new pg.Client({ connectionString: stores.databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO account (id, email, password_hash, role, country, locale) VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, email, await hashOf(password), role, country, locale],
  );
  await client.end();
  const token = await makeSession(stores.redisUrl, { id, role });
  return { id, email, token, fresh: freshFactor(token) };
}

/** Another session of an account; its token. */
export async function makeSession(
  redisUrl: string,
  account: { id: string; role?: Role; secondFactor?: boolean },
): Promise<string> {
  const redis = new Redis(redisUrl);
  const { id: accountId, role = 'user' } = account;
  const session = { accountId, role, secondFactor: account.secondFactor ?? role !== 'user' };
  const { token } = await new SessionService(redis).create(session);
  await redis.quit();
  return token;
}

export function freshFactor(token: string): Record<string, string> {
  const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
  return { 'step-up-token': new StepUpService(keyring).issue(token) };
}

const hashes = new Map<string, Promise<string>>();

function hashOf(password: string): Promise<string> {
  const known = hashes.get(password) ?? createPasswordHasher().then((hasher) => hasher.hash(password));
  hashes.set(password, known);
  return known;
}
