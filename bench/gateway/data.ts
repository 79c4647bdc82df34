// A thousand customers with a month of usage and three addresses each, in the stores of the gateway and of its peers.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { parsePrefix } from '../../src/allowlist/address.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { type Day, daysAfter, monthOf, today } from '../../src/day.js';
import { SessionService } from '../../src/services/session.js';
import { makeMonthPartition, openUsagePool } from '../../src/services/usage-storage.js';

const PEOPLE = 1001;
const DAYS = 30;
/** Counted back from today: the last day is closed. */
const NEWEST = 10;
const LABELS = ['Living room', 'Console', 'Office'];

export interface Data {
  readonly ids: readonly string[];
  /** Of a session of each. */
  readonly tokens: readonly string[];
  readonly from: Day;
  readonly to: Day;
}

export async function storeData(options: {
  databaseUrl: string;
  redisUrl: string;
  region: { readonly id: string; readonly name: string };
}): Promise<Data> {
  const { databaseUrl, redisUrl, region } = options;
  const to = daysAfter(today(), -NEWEST);
  const from = daysAfter(to, 1 - DAYS);
  const days = Array.from({ length: DAYS }, (_, index) => daysAfter(from, index));
  const ids = Array.from({ length: PEOPLE }, () => randomUUID());
  const pool = openUsagePool(databaseUrl);
  for (const month of new Set(days.map(monthOf))) await makeMonthPartition(pool, month);
  await pool.end();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO account (id, email, password_hash, role, name, country)
     SELECT id, id || '@example.com', '', 'user', 'Ada', 'DE' FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await client.query(
    `INSERT INTO usage_day (day, account_id, location, country, provider, megabytes, connected)
     SELECT day, id, 'de-frankfurt', 'DE', 3320, 100 + abs(hashtext(day::text || id)) % 4000, true
     FROM unnest($1::uuid[]) AS id, unnest($2::date[]) AS day`,
    [ids, days],
  );
  await client.query(
    `CREATE TABLE bench_address (account_id uuid, position integer, address text, label text, region text,
       region_name text, last_day date, PRIMARY KEY (account_id, position))`,
  );
  const redis = new Redis(redisUrl);
  const writer = new AllowlistWriter(redis);
  const sessions = new SessionService(redis);
  const tokens: string[] = [];
  for (const [person, id] of ids.entries()) {
    const { token } = await sessions.create({ accountId: id, role: 'user', secondFactor: false });
    tokens.push(token);
    for (const [position, label] of LABELS.entries()) {
      const address = `203.${person >> 8}.${person & 255}.${position + 1}`;
      const prefix = parsePrefix(address);
      if (typeof prefix === 'string') throw new Error('the bench made an address that is none');
      const lastDay = position === 0 ? daysAfter(today(), 30) : null;
      await writer.put(`account:${id}`, { prefix, label, region: region.id, lastDay });
      await client.query('INSERT INTO bench_address VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        id,
        position,
        address,
        label,
        region.id,
        region.name,
        lastDay,
      ]);
    }
  }
  await client.query('VACUUM (ANALYZE)');
  await client.end();
  redis.disconnect();
  return { ids, tokens, from, to };
}
