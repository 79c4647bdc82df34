// Usage at the size of a large provider, over the whole product on this machine: how long a person waits for the summary of
// a year, support for a month's heavy users, and how fast reports come in and days are closed.
// Options: --accounts N, --rounds N, --turns N, --quick.
import { Redis } from 'ioredis';
import { createDataSource } from '../../ormconfig.js';
import { locationsFile } from '../../src/config/catalogue.js';
import { monthOf, monthsAfter } from '../../src/lib/calendar.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { loadLocations } from '../../src/services/usage/locations.js';
import { VpnNodeService } from '../../src/services/usage/vpn-nodes.js';
import { type BenchProduct, withProduct } from '../product.js';
import type { Quantiles } from '../quantiles.js';
import { GraphqlClient, requestBody } from './http.js';
import { LOCATION, measureIngest } from './ingest.js';
import { type StoredPeople, storePeople } from './stored.js';
import { measureSummary } from './summary.js';

interface Extent {
  readonly accounts: number;
  /** Of asking for a summary. */
  readonly rounds: number;
  /** Of ten reports each way. */
  readonly turns: number;
}

async function measure(product: BenchProduct, { accounts, rounds, turns }: Extent): Promise<void> {
  const people = await storePeople(product.databaseUrl, accounts);
  console.log(
    `${people.rows} rows stored, of ${people.accounts.length} accounts from ${people.from} to ${people.to}`,
  );
  const summary = await measureSummary({ ...product, people, rounds });
  console.log(`summary of a year over the API  ${line(summary.api)}`);
  console.log(`its bare SQL statement          ${line(summary.rows)}`);
  console.log(`the whole answer in SQL         ${line(summary.answer)}`);
  console.log(`heavy users of a month          ${(await heavyUsers(product, people)).toFixed(0)} ms`);

  const ingest = await measureIngest({ ...product, people, turns, token: await nodeToken(product) });
  console.log(`${ingest.rows} rows reported over the API      ${ingest.reported.toFixed(0)} rows/s`);
  console.log(`as many copied into the same table  ${ingest.copied.toFixed(0)} rows/s`);
  const ratio = rounded(summary.api.p50 / summary.answer.p50);
  console.log(`medians of the summary: ${ratio} times the whole answer in SQL; below, times the rows alone`);
  console.log(
    JSON.stringify({
      ingest_vs_copy: rounded(ingest.reported / ingest.copied),
      summary_p99_ms: summary.api.p99,
      summary_vs_sql: rounded(summary.api.p50 / summary.rows.p50),
    }),
  );
}

function line({ p50, p99, max }: Quantiles): string {
  return `p50 ${p50} ms   p99 ${p99} ms   max ${max} ms`;
}

function rounded(ratio: number): number {
  return Math.round(ratio * 100) / 100;
}

/** Milliseconds that support waits for the newest whole month. */
async function heavyUsers(
  { graphqlUrl, redisUrl }: BenchProduct,
  { accounts, to }: StoredPeople,
): Promise<number> {
  const redis = new Redis(redisUrl);
  const session = { accountId: accounts[0]!.id, role: 'support', secondFactor: true } as const;
  const { token } = await new SessionService(redis).create(session);
  await redis.quit();
  const support = new GraphqlClient(graphqlUrl, token);
  const query = 'query ($month: Month!) { heavyUsers(month: $month) { accountId megabytes } }';
  const start = performance.now();
  await support.post(requestBody(query, { month: monthsAfter(monthOf(to), -1) }));
  support.close();
  return performance.now() - start;
}

async function nodeToken({ databaseUrl, secretKey }: BenchProduct): Promise<string> {
  const database = await createDataSource(databaseUrl).initialize();
  const keyring = new Keyring(Buffer.from(secretKey, 'base64url'));
  const locations = await loadLocations(locationsFile);
  const added = await new VpnNodeService({ database, keyring, locations }).add('bench', LOCATION);
  await database.destroy();
  if (!added.ok) throw new Error(`refused: ${added.userErrors[0]?.code}`);
  return added.value.token;
}

await withProduct(
  {
    accounts: { full: 200_000, quick: 500, most: 1_000_000 },
    rounds: { full: 2000, quick: 20, most: 100_000 },
    turns: { full: 10, quick: 1, most: 100 },
  },
  measure,
);
