// A peer of the gateway: the same fields of the same tables, served by Mercurius with graphql-jit, GraphQL Yoga or plain Apollo
// Server, with plain resolvers over pg and no guard at all. Whoever is named in the authorization header is the viewer.
// Arguments: which of them, and a port; DATABASE_URL in the environment.
import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import fastify from 'fastify';
import { createSchema, createYoga } from 'graphql-yoga';
import mercurius from 'mercurius';
import pg from 'pg';

const CONNECTIONS = 10;

/** As the gateway's schema has them, as far as the bench asks for them. */
const TYPES = /* GraphQL */ `
  scalar Date
  scalar Megabytes
  enum Role { USER SUPPORT DPO ADMIN }
  enum Locale { EN DE ES }
  enum ErrorCode { CONFLICT }
  type Account {
    id: ID! email: String! role: Role! name: String locale: Locale! country: String version: Int!
  }
  type UsageDay { day: Date! connected: Boolean! megabytes: Megabytes! }
  type UsageSummary {
    from: Date! to: Date! daysConnected: Int! megabytes: Megabytes! days: [UsageDay!]!
  }
  type Region { id: ID! name: String! }
  type RegisteredAddress { address: String! label: String! region: Region! lastDay: Date }
  type MediaStreamer { addresses: [RegisteredAddress!]! }
  type Viewer {
    account: Account!
    usage(from: Date!, to: Date!): UsageSummary!
    mediaStreamer: MediaStreamer!
  }
  type UserError { field: String code: ErrorCode! message: String! }
  type UpdateProfilePayload { account: Account userErrors: [UserError!]! }
  input UpdateProfileInput { version: Int! name: String locale: Locale country: String }
  type Query { viewer: Viewer! }
  type Mutation { updateProfile(input: UpdateProfileInput!): UpdateProfilePayload! }
`;

interface Viewer {
  readonly viewerId: string;
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CONNECTIONS });

/** Prepared once on each connection. */
async function rows<Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  return (await pool.query<Row>({ name, text, values })).rows;
}

const ACCOUNT = 'id, email, upper(role) AS role, name, upper(locale) AS locale, country, version';

interface Day {
  readonly day: string;
  readonly connected: boolean;
  readonly megabytes: number;
}

const resolvers = {
  Query: {
    viewer: () => ({}),
  },
  Viewer: {
    account: async (_viewer: unknown, _args: unknown, { viewerId }: Viewer) =>
      (await rows('account', `SELECT ${ACCOUNT} FROM account WHERE id = $1`, [viewerId]))[0],
    usage: async (_viewer: unknown, { from, to }: { from: string; to: string }, { viewerId }: Viewer) => {
      const days = await rows<Day>(
        'usage',
        `SELECT day::text AS day, bool_or(connected) AS connected, sum(megabytes)::float8 AS megabytes FROM (
           SELECT day, connected, megabytes FROM usage_day WHERE account_id = $1 AND day BETWEEN $2 AND $3
           UNION ALL
           SELECT day, connected, megabytes FROM usage_report_row WHERE account_id = $1 AND day BETWEEN $2 AND $3
         ) AS used GROUP BY day ORDER BY day`,
        [viewerId, from, to],
      );
      return {
        from,
        to,
        days,
        daysConnected: days.filter(({ connected }) => connected).length,
        megabytes: days.reduce((sum, { megabytes }) => sum + megabytes, 0),
      };
    },
    mediaStreamer: () => ({}),
  },
  MediaStreamer: {
    addresses: async (_parent: unknown, _args: unknown, { viewerId }: Viewer) =>
      (
        await rows<{
          address: string;
          label: string;
          region: string;
          regionName: string;
          lastDay: string | null;
        }>(
          'addresses',
          `SELECT address, label, region, region_name AS "regionName", last_day::text AS "lastDay"
           FROM bench_address WHERE account_id = $1 ORDER BY position`,
          [viewerId],
        )
      ).map(({ address, label, region, regionName, lastDay }) => ({
        address,
        label,
        region: { id: region, name: regionName },
        lastDay,
      })),
  },
  Mutation: {
    updateProfile: async (
      _parent: unknown,
      { input: { version, name } }: { input: { version: number; name: string } },
      { viewerId }: Viewer,
    ) => {
      const [account] = await rows(
        'update',
        `UPDATE account SET name = $3, version = version + 1 WHERE id = $1 AND version = $2 RETURNING ${ACCOUNT}`,
        [viewerId, version, name],
      );
      return account === undefined
        ? { account: null, userErrors: [{ field: 'version', code: 'CONFLICT', message: 'It has changed.' }] }
        : { account, userErrors: [] };
    },
  },
};

function viewerOf(authorization: string | undefined): Viewer {
  return { viewerId: (authorization ?? '').slice('Bearer '.length) };
}

const SERVERS: Readonly<Record<string, (port: number) => Promise<unknown>>> = {
  async mercurius(port) {
    const app = fastify();
    await app.register(mercurius, {
      schema: TYPES,
      resolvers: resolvers as never,
      jit: 1,
      context: (request) => viewerOf(request.headers.authorization),
    });
    await app.listen({ host: '127.0.0.1', port });
  },
  async yoga(port) {
    const schema = createSchema<{ request: Request }>({ typeDefs: TYPES, resolvers: resolvers as never });
    const yoga = createYoga<object, Viewer>({
      schema: schema as never,
      graphiql: false,
      landingPage: false,
      logging: false,
      context: ({ request }) => viewerOf(request.headers.get('authorization') ?? undefined),
    });
    await new Promise<void>((resolve) => createServer(yoga).listen(port, '127.0.0.1', resolve));
  },
  async apollo(port) {
    const apollo = new ApolloServer<Viewer>({
      typeDefs: TYPES,
      resolvers: resolvers as never,
      plugins: [ApolloServerPluginCacheControlDisabled()],
    });
    await apollo.start();
    const app = fastify();
    const context = async (request: { headers: { authorization?: string | undefined } }) =>
      viewerOf(request.headers.authorization);
    app.post('/graphql', fastifyApolloHandler(apollo, { context }));
    await app.listen({ host: '127.0.0.1', port });
  },
};

const [name = '', port = ''] = process.argv.slice(2);
await SERVERS[name]?.(Number(port));
