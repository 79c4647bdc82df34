// How long the summary of one account over a year takes over the API, against bare SQL through pg, in turns.
import { randomInt } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { daysAfter } from '../../src/lib/calendar.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { USAGE } from '../../src/services/usage/usage.js';
import { type Quantiles, quantiles } from '../quantiles.js';
import { GraphqlClient, requestBody } from './http.js';
import type { StoredPeople } from './stored.js';

/** Of every ten rounds one more, before the first, is not counted. */
const WARM_UP_SHARE = 0.1;
const SESSIONS = 200;
const SUMMARY = `query ($days: DayRangeInput!) { viewer { usage(days: $days) {
  daysConnected megabytes
  byDay { day connected megabytes }
  byLocation { location { id name } daysConnected megabytes }
  byCountry { country daysConnected megabytes }
  byMonth { month daysConnected megabytes }
} } }`;

/** All that SUMMARY asks for, computed by Postgres: as USAGE, with every day from $2 to $3. */
const SAME_IN_SQL = `
  WITH used AS MATERIALIZED (
    SELECT day, location, country, megabytes, connected FROM usage_day
    WHERE account_id = $1 AND day BETWEEN $2 AND $3
    UNION ALL
    SELECT day, location, country, megabytes, connected FROM usage_report_row
    WHERE account_id = $1 AND day BETWEEN $2 AND $3
  ), days AS MATERIALIZED (
    SELECT each::date AS day, coalesce(bool_or(connected), false) AS connected, coalesce(sum(megabytes), 0) AS megabytes
    FROM generate_series($2::date, $3::date, '1 day') AS each LEFT JOIN used ON used.day = each::date
    GROUP BY each
  )
  SELECT
    (SELECT json_agg(days ORDER BY day) FROM days),
    (SELECT json_build_object('days', count(*) FILTER (WHERE connected), 'megabytes', sum(megabytes)) FROM days),
    (SELECT json_agg(each) FROM (
      SELECT to_char(day, 'YYYY-MM'), count(*) FILTER (WHERE connected), sum(megabytes) FROM days GROUP BY 1 ORDER BY 1
    ) AS each),
    (SELECT json_agg(each) FROM (
      SELECT location, count(DISTINCT day) FILTER (WHERE connected), sum(megabytes) FROM used
      GROUP BY location ORDER BY sum(megabytes) DESC
    ) AS each),
    (SELECT json_agg(each) FROM (
      SELECT country, count(DISTINCT day) FILTER (WHERE connected), sum(megabytes) FROM used
      GROUP BY country ORDER BY sum(megabytes) DESC
    ) AS each)`;

/** Milliseconds. */
export interface SummaryFigures {
  readonly api: Quantiles;
  /** The statement that the API asks, for the rows. */
  readonly rows: Quantiles;
  /** A statement that computes the whole answer. */
  readonly answer: Quantiles;
}

export async function measureSummary(options: {
  graphqlUrl: string;
  databaseUrl: string;
  redisUrl: string;
  people: StoredPeople;
  rounds: number;
}): Promise<SummaryFigures> {
  const { graphqlUrl, databaseUrl, redisUrl, people, rounds } = options;
  const { to } = people;
  const from = daysAfter(to, -364);
  const viewers = await signedIn(redisUrl, graphqlUrl, people.daily.slice(0, SESSIONS));
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const body = requestBody(SUMMARY, { days: { from, to } });
  const warmUp = Math.ceil(rounds * WARM_UP_SHARE);
  const times = { api: [] as number[], rows: [] as number[], answer: [] as number[] };
  try {
    for (let round = -warmUp; round < rounds; round += 1) {
      const viewer = viewers[randomInt(viewers.length)]!;
      const values = [viewer.id, from, to];
      const sides = [
        ['api', () => viewer.client.post(body)],
        ['rows', () => database.query({ ...USAGE, values })],
        ['answer', () => database.query({ name: 'answer', text: SAME_IN_SQL, values })],
      ] as const;
      for (const turn of [0, 1, 2]) {
        const [side, ask] = sides[(round + warmUp + turn) % sides.length]!;
        const start = performance.now();
        await ask();
        if (round >= 0) times[side].push(performance.now() - start);
      }
    }
  } finally {
    for (const { client } of viewers) client.close();
    await database.end();
  }
  return {
    api: quantiles(times.api),
    rows: quantiles(times.rows),
    answer: quantiles(times.answer),
  };
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
