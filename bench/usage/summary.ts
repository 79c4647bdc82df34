// How long the summary of one account over a year takes over the API, against its bare SQL statement through pg, in turns.
import { randomInt } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { daysAfter } from '../../src/day.js';
import { SessionService } from '../../src/services/session.js';
import { USAGE } from '../../src/services/usage.js';
import { type Quantiles, quantiles } from '../quantiles.js';
import { GraphqlClient, requestBody } from './http.js';
import type { StoredPeople } from './stored.js';

const ROUNDS = 2000;
const WARM_UP = 200;
const SESSIONS = 200;
const SUMMARY = `query ($from: Date!, $to: Date!) { viewer { usage(from: $from, to: $to) {
  daysConnected megabytes
  days { day connected megabytes }
  byLocation { location { id name } daysConnected megabytes }
  byCountry { country daysConnected megabytes }
  months { month daysConnected megabytes }
} } }`;

export interface SummaryFigures {
  /** Milliseconds. */
  readonly api: Quantiles;
  readonly sql: Quantiles;
}

export async function measureSummary(options: {
  graphqlUrl: string;
  databaseUrl: string;
  redisUrl: string;
  people: StoredPeople;
}): Promise<SummaryFigures> {
  const { graphqlUrl, databaseUrl, redisUrl, people } = options;
  const { to } = people;
  const from = daysAfter(to, -364);
  const viewers = await signedIn(redisUrl, graphqlUrl, people.daily.slice(0, SESSIONS));
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const body = requestBody(SUMMARY, { from, to });
  const times = { api: [] as number[], sql: [] as number[] };
  try {
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const viewer = viewers[randomInt(viewers.length)]!;
      const api = () => viewer.client.post(body);
      const sql = () => database.query({ ...USAGE, values: [viewer.id, from, to] });
      for (const side of round % 2 === 0 ? (['api', 'sql'] as const) : (['sql', 'api'] as const)) {
        const start = performance.now();
        await (side === 'api' ? api() : sql());
        if (round >= 0) times[side].push(performance.now() - start);
      }
    }
  } finally {
    for (const { client } of viewers) client.close();
    await database.end();
  }
  return { api: quantiles(times.api), sql: quantiles(times.sql) };
}

async function signedIn(
  redisUrl: string,
  graphqlUrl: string,
  ids: readonly string[],
): Promise<{ id: string; client: GraphqlClient }[]> {
  const redis = new Redis(redisUrl);
  const sessions = new SessionService(redis);
  const viewers = await Promise.all(
    ids.map(async (id) => {
      const { token } = await sessions.create({ accountId: id, role: 'user', secondFactor: false });
      return { id, client: new GraphqlClient(graphqlUrl, token) };
    }),
  );
  await redis.quit();
  return viewers;
}
