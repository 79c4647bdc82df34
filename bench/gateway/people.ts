// The people whose data every server reads and writes, as the gateway would have stored it: usage of closed days,
// networks, sessions. The peers' networks are in a table that the gateway does not have.

import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import type { Catalogue } from '../../src/catalogue/catalogue.js';
import { openBulkPool } from '../../src/db/bulk-pool.js';
import { daysAfter, daysBetween, monthOf } from '../../src/lib/calendar.js';
import { type Prefix, prefixOf } from '../../src/lib/ip.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { makeMonthPartition } from '../../src/services/usage/storage.js';
import { FROM, NAME, TO } from './operations.js';

/** So many that the next write of a person begins long after the response to the last one. */
const PEOPLE = 2048;

const NAMES = ['Living room', 'Office', 'Holiday home'];

export interface Person {
  readonly id: string;
  /** The token of a session at the gateway. */
  readonly token: string;
}

interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** All responses have the same size. The database must have its tables, and the allowlist must be initialised. */
export async function makePeople(stores: Stores, catalogue: Catalogue): Promise<readonly Person[]> {
  const ids = Array.from({ length: PEOPLE }, () => randomUUID());
  const client = new pg.Client({ connectionString: stores.databaseUrl });
  await client.connect();
  try {
    // Nobody signs in, so the hash of the password is empty.
    await client.query(
      `INSERT INTO account (id, email, password_hash, role, name, country)
       SELECT id, id || '@example.com', '', 'user', $2, 'DE' FROM unnest($1::uuid[]) AS id`,
      [ids, NAME],
    );
    await storeUsage(client, stores.databaseUrl, ids);
    await storeNetworks(client, stores.redisUrl, ids, catalogue);
    await client.query('VACUUM (ANALYZE) account, usage_day, bench_network');
  } finally {
    await client.end();
  }
  return signedIn(stores.redisUrl, ids);
}

async function storeUsage(client: pg.Client, databaseUrl: string, ids: readonly string[]): Promise<void> {
  const pool = openBulkPool(databaseUrl);
  const months = new Set(daysBetween(FROM, TO).map(monthOf));
  for (const month of months) await makeMonthPartition(pool, month);
  await pool.end();
  await client.query(
    `INSERT INTO usage_day (day, account_id, location, country, provider, megabytes, connected)
     SELECT each::date, id, 'de-frankfurt', 'DE', 64496, 4000 + abs(hashtext(each || id::text)) % 5000, number % 7 > 0
     FROM generate_series($2::date, $3::date, '1 day') WITH ORDINALITY AS day (each, number), unnest($1::uuid[]) AS id
     ORDER BY each, id`,
    [ids, FROM, TO],
  );
}

async function storeNetworks(
  client: pg.Client,
  redisUrl: string,
  ids: readonly string[],
  { regions }: Catalogue,
): Promise<void> {
  await client.query(
    `CREATE TABLE bench_network (
       account_id uuid NOT NULL,
       id uuid NOT NULL,
       name text NOT NULL,
       address text NOT NULL,
       region_id text NOT NULL,
       region_name text NOT NULL,
       last_day date,
       PRIMARY KEY (account_id, id)
     )`,
  );
  const redis = new Redis(redisUrl);
  const writer = new AllowlistWriter(redis);
  for (const [index, accountId] of ids.entries()) {
    for (const [position, name] of NAMES.entries()) {
      const [id, address, region] = [randomUUID(), prefixAt(index, position), regions[position]!];
      const lastDay = position === 0 ? null : daysAfter(TO, 365 * position);
      const preferences = { region: region.id, serviceRegions: new Map() };
      await writer.networks.register(
        accountId,
        { id, name, addresses: [address], preferences, lastDay },
        NAMES.length,
      );
      const row = [accountId, id, name, address.text, region.id, region.name, lastDay];
      await client.query('INSERT INTO bench_network VALUES ($1, $2, $3, $4, $5, $6, $7)', row);
    }
  }
  await redis.quit();
}

/** All different, and of the same length. */
function prefixAt(person: number, position: number): Prefix {
  const bytes = [203, 100 + (person >> 7), 100 + (person & 127), 101 + position];
  return prefixOf({ family: 4, words: [Buffer.from(bytes).readUInt32BE()] }, 32);
}

async function signedIn(redisUrl: string, ids: readonly string[]): Promise<Person[]> {
  const redis = new Redis(redisUrl);
  const sessions = new SessionService(redis);
  const people = await Promise.all(
    ids.map(async (id) => {
      const { token } = await sessions.create({ accountId: id, role: 'user', secondFactor: false });
      return { id, token };
    }),
  );
  await redis.quit();
  return people;
}
