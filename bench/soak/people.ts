// Those who use the gateway during a soak: made in its stores, with sessions and a month of usage.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { openBulkPool } from '../../src/db/bulk-pool.js';
import type { Role } from '../../src/entities/account/account.js';
import { daysAfter, monthOf, today } from '../../src/lib/calendar.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { createPasswordHasher } from '../../src/services/sign-in/password.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { StepUpService } from '../../src/services/sign-in/step-up.js';
import { makeMonthPartition } from '../../src/services/usage/storage.js';

export const PASSWORD = 'a long enough passphrase';

const FIRST_USED = -50;
const LAST_USED = -20;

export interface Person {
  readonly id: string;
  readonly email: string;
  /** Where they ask from, by X-Forwarded-For. */
  readonly source: string;
  /** Of a session; staff have shown a second factor for it. */
  readonly token: string;
  /** A fresh factor of that session, as a token; good for minutes. */
  freshFactor(): string;
}

export interface People {
  readonly customers: readonly Person[];
  readonly staff: Readonly<Record<'admin' | 'dpo', Person>>;
}

/** The days of which each has used something. */
export const used = { from: daysAfter(today(), FIRST_USED), to: daysAfter(today(), LAST_USED) };

/** In the stores of a gateway that has applied its migrations. */
export async function makePeople(
  stores: { readonly databaseUrl: string; readonly redisUrl: string; readonly secretKey: string },
  count: number,
): Promise<People> {
  const redis = new Redis(stores.redisUrl);
  const pool = openBulkPool(stores.databaseUrl);
  const sessions = new SessionService(redis);
  const stepUp = new StepUpService(new Keyring(Buffer.from(stores.secretKey, 'base64')));
  const hash = await (await createPasswordHasher()).hash(PASSWORD);
  let made = 0;
  async function person(role: Role): Promise<Person> {
    made += 1;
    const id = randomUUID();
    const email = `person-${made}@example.com`;
    await pool.query(
      `INSERT INTO account (id, email, password_hash, role, country, locale) VALUES ($1, $2, $3, $4, 'DE', 'en')`,
      [id, email, hash, role],
    );
    const { token } = await sessions.create({ accountId: id, role, secondFactor: role !== 'user' });
    const source = `127.1.${made >> 8}.${made & 255}`;
    return { id, email, source, token, freshFactor: () => stepUp.issue(token) };
  }
  try {
    const customers: Person[] = [];
    for (let index = 0; index < count; index += 1) customers.push(await person('user'));
    for (const month of new Set([monthOf(used.from), monthOf(used.to)])) {
      await makeMonthPartition(pool, month);
    }
    await pool.query(
      `INSERT INTO usage_day (account_id, day, location, country, provider, megabytes, connected)
       SELECT account.id, day, 'us-new-york', 'DE', 64496, 100, true
       FROM account, generate_series($1::date, $2::date, '1 day') AS day`,
      [used.from, used.to],
    );
    return { customers, staff: { admin: await person('admin'), dpo: await person('dpo') } };
  } finally {
    redis.disconnect();
    await pool.end();
  }
}
