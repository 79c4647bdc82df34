// What the peers serve: the part of the gateway's schema that is measured, over pg, for the account that a header names.
// There is no authentication, no limit and no validation of input.

import type { GraphQLSchema } from 'graphql';
import { GraphQLScalarType } from 'graphql';
import { createSchema } from 'graphql-yoga';
import pg from 'pg';
import { type Day, daysBetween, parseDay } from '../../src/lib/calendar.js';

export const PORT = Number(process.env.PORT);
export const HOST = '127.0.0.1';
export const ACCOUNT_HEADER = 'x-account-id';

export interface Caller {
  readonly accountId: string;
}

/** Header fields as Node gives them. */
export function callerOf(headers: Readonly<Record<string, string | string[] | undefined>>): Caller {
  return { accountId: headers[ACCOUNT_HEADER] as string };
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const typeDefs = /* GraphQL */ `
  scalar Date
  enum Role { USER SUPPORT DPO ADMIN }
  enum Locale { EN DE ES }
  type Query { viewer: Viewer! }
  type Mutation { updateProfile(input: UpdateProfileInput!): UpdateProfilePayload! }
  type Viewer {
    account: Account!
    usage(days: DayRangeInput!): UsageSummary!
    mediaStreamer: MediaStreamer!
  }
  type Account {
    id: ID!
    email: String!
    role: Role!
    name: String
    locale: Locale!
    country: String
    version: Int!
  }
  type UsageSummary {
    from: Date!
    to: Date!
    megabytes: Float!
    daysConnected: Int!
    byDay: [DayUsage!]!
  }
  input DayRangeInput { from: Date!, to: Date! }
  type DayUsage { day: Date!, connected: Boolean!, megabytes: Float! }
  type MediaStreamer { networks: [Network!]! }
  type Network { id: ID!, name: String!, addresses: [NetworkAddress!]!, region: Region, lastDay: Date }
  type NetworkAddress { address: String! }
  type Region { id: ID!, name: String! }
  input UpdateProfileInput { version: Int!, name: String, locale: Locale, country: String }
  type UpdateProfilePayload { account: Account, userErrors: [UserError!]! }
  type UserError { field: String, code: String! }
`;

const ACCOUNT = 'id, email, role, name, locale, country, version';

interface ProfileInput {
  readonly version: number;
  readonly name?: string | null;
  readonly locale?: string | null;
  readonly country?: string | null;
}

async function account(accountId: string) {
  const { rows } = await pool.query({
    name: 'account',
    text: `SELECT ${ACCOUNT} FROM account WHERE id = $1`,
    values: [accountId],
  });
  return rows[0];
}

async function usage(accountId: string, from: Day, to: Day) {
  const { rows } = await pool.query<[dayIndex: number, megabytes: number, connected: boolean]>({
    name: 'usage',
    text: `
      SELECT day - $2::date, megabytes, connected FROM usage_day
      WHERE account_id = $1 AND day BETWEEN $2 AND $3
      UNION ALL
      SELECT day - $2::date, megabytes, connected FROM usage_report_row
      WHERE account_id = $1 AND day BETWEEN $2 AND $3`,
    values: [accountId, from, to],
    rowMode: 'array',
  });
  const days = daysBetween(from, to).map((day) => ({ day, connected: false, megabytes: 0 }));
  for (const [index, megabytes, connected] of rows) {
    const day = days[index]!;
    day.megabytes += megabytes;
    day.connected ||= connected;
  }
  let megabytes = 0;
  let daysConnected = 0;
  for (const day of days) {
    megabytes += day.megabytes;
    if (day.connected) daysConnected += 1;
  }
  return { from, to, megabytes, daysConnected, byDay: days };
}

async function networks(accountId: string) {
  const { rows } = await pool.query<{ address: string; region_id: string; region_name: string }>({
    name: 'networks',
    text: `
      SELECT id, name, address, region_id, region_name, last_day::text AS "lastDay" FROM bench_network
      WHERE account_id = $1 ORDER BY name, id`,
    values: [accountId],
  });
  return rows.map(({ address, region_id: id, region_name: name, ...rest }) => ({
    ...rest,
    addresses: [{ address }],
    region: { id, name },
  }));
}

async function updateProfile(accountId: string, { version, name, locale, country }: ProfileInput) {
  const { rows } = await pool.query({
    name: 'update-profile',
    text: `
      UPDATE account SET version = version + 1,
        name = CASE WHEN $3 THEN $4 ELSE name END,
        locale = coalesce($5, locale),
        country = coalesce($6, country)
      WHERE id = $1 AND version = $2 RETURNING ${ACCOUNT}`,
    values: [accountId, version, name !== undefined, name ?? null, locale ?? null, country ?? null],
  });
  const [row] = rows;
  return row === undefined
    ? { account: null, userErrors: [{ field: 'version', code: 'CONFLICT' }] }
    : { account: row, userErrors: [] };
}

export function peerSchema(): GraphQLSchema {
  return createSchema<Caller>({
    typeDefs,
    resolvers: {
      Date: new GraphQLScalarType({
        name: 'Date',
        parseValue(value) {
          const day = typeof value === 'string' ? parseDay(value) : null;
          if (day === null) throw new TypeError('not a calendar date');
          return day;
        },
      }),
      Role: { USER: 'user', SUPPORT: 'support', DPO: 'dpo', ADMIN: 'admin' },
      Locale: { EN: 'en', DE: 'de', ES: 'es' },
      Query: { viewer: () => ({}) },
      Viewer: {
        account: (_viewer, _args, { accountId }) => account(accountId),
        usage: (_viewer, { days: { from, to } }, { accountId }) => usage(accountId, from, to),
        mediaStreamer: () => ({}),
      },
      MediaStreamer: { networks: (_mediaStreamer, _args, { accountId }) => networks(accountId) },
      Mutation: { updateProfile: (_root, { input }, { accountId }) => updateProfile(accountId, input) },
    },
  });
}
