// A gateway inside the test's process, on a private Redis and a private database, and people who use it.
import { randomInt } from 'node:crypto';
import { Redis } from 'ioredis';
import { GatewayClient, type GatewayClientOptions, type Operation } from '../../client/index.js';
import { type Gateway, startGateway } from '../../src/app/gateway.js';
import { type GatewayConfig, readGatewayConfig } from '../../src/config/gateway.js';
import { type Clock, daysAfter, today } from '../../src/lib/calendar.js';
import { createLogger } from '../../src/runtime/log.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import {
  type GraphqlAnswer,
  type GraphqlRequest,
  graphql,
  type Sender,
  send,
} from './http/graphql-client.js';
import { makeAccount, type NewTestAccount, type TestAccount } from './people/account.js';
import { GATEWAY_SETTINGS } from './settings.js';
import { type FreshDatabase, queryDatabase } from './stores/postgres.js';
import type { TestRedis, TestRedisServer } from './stores/redis.js';
import { startStores } from './stores/stores.js';

export interface TestGateway {
  readonly gateway: Gateway;
  /** What it was started with. */
  readonly config: GatewayConfig;
  readonly url: string;
  readonly metricsUrl: string;
  readonly redis: TestRedis;
  /** The one without a disk. */
  readonly ephemeral: TestRedisServer;
  /** An operator’s connection to the durable Redis, for a look at what the gateway keeps there. */
  readonly store: Redis;
  /** The gateway's sessions. */
  readonly sessions: SessionService;
  readonly database: FreshDatabase;
  /** The log so far, one line each. */
  readonly log: readonly string[];
  /** Any text, for what frontends do not send. */
  call(request: GraphqlRequest): Promise<GraphqlAnswer>;
  /** An operation of the client package, by its id. */
  ask<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    sender?: Sender,
  ): Promise<GraphqlAnswer<Data>>;
  /** As the client package has it: an operation that needs no variables is asked without any. */
  ask<Data>(operation: Operation<Data, Record<string, never>>): Promise<GraphqlAnswer<Data>>;
  /** A frontend of its own, which sends operations by their ids; with a session when there is a token. */
  client(options?: Omit<GatewayClientOptions, 'url'>): GatewayClient;
  /** Rows of the gateway's database. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** A new account, with a session. */
  account(options?: NewTestAccount): Promise<TestAccount>;
  /** The session tokens of new accounts. */
  user(): Promise<string>;
  support(): Promise<string>;
  dpo(): Promise<string>;
  admin(): Promise<string>;
  stop(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly config?: Partial<GatewayConfig>;
  /** Whether the allowlist is initialised, as it is in a product that was set up. */
  readonly initialised?: boolean;
  /** Whether the database has its tables before the gateway starts; true when absent. */
  readonly migrated?: boolean;
  /** The URL through which the gateway reaches a store, such as a proxy's that a test can cut. */
  readonly through?: (storeUrl: string) => Promise<string>;
  /** What rights requests are counted by. */
  readonly clock?: Clock;
  /** The clock of the gateway's machine. */
  readonly system?: Clock;
}

/** Loopback addresses may be registered unless the configuration says otherwise. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const privateStores = await startStores({
    initialised: options.initialised ?? true,
    migrated: options.migrated ?? true,
  });
  const { redis, ephemeral, database } = privateStores;
  const through = options.through ?? (async (url: string) => url);
  const log: string[] = [];
  const read = readGatewayConfig({
    ...GATEWAY_SETTINGS,
    GATEWAY_PORT: '0',
    GATEWAY_METRICS_PORT: '0',
    DATABASE_URL: await through(database.url),
    REDIS_URL: await through(redis.url),
    REDIS_EPHEMERAL_URL: await through(ephemeral.url),
    ALLOW_PRIVATE_ADDRESSES: 'true',
  });
  const logger = createLogger('gateway', (line) => log.push(line));
  const config = { ...read, ...options.config };
  const gateway = await startGateway(config, logger, options);
  const url = `http://127.0.0.1:${gateway.port}/graphql`;
  const store = new Redis(redis.operatorUrl, { lazyConnect: true });
  const stores = { databaseUrl: database.url, redisUrl: redis.url };
  const account = (options?: NewTestAccount) => makeAccount(stores, options);
  const token = async (options?: NewTestAccount) => (await account(options)).token;
  return {
    gateway,
    config,
    url,
    metricsUrl: `http://127.0.0.1:${gateway.metricsPort}`,
    redis,
    ephemeral,
    store,
    sessions: new SessionService(store),
    database,
    log,
    call: (request) => graphql(url, request),
    ask: <Data, Variables>(operation: Operation<Data, Variables>, variables?: Variables, sender?: Sender) =>
      send(url, operation, { ...sender, variables: variables ?? ({} as Variables) }),
    client: (options) => new GatewayClient({ url, ...options }),
    query: (sql, values) => queryDatabase(database.url, sql, values),
    account,
    user: () => token(),
    support: () => token({ role: 'support' }),
    dpo: () => token({ role: 'dpo' }),
    admin: () => token({ role: 'admin' }),
    async stop() {
      store.disconnect();
      await gateway.stop();
      await privateStores.stop();
    },
  };
}

/** The codes and fields of a payload's user errors. */
export function errorsOf(payload: {
  readonly userErrors: readonly { field: string | null; code: string }[];
}) {
  return payload.userErrors.map(({ field, code }) => ({ field, code }));
}

/** The day so many days from now, in UTC. */
export function dayFromNow(days: number): string {
  return daysAfter(today(), days);
}

/** A source that hardly any other request comes from, so that the limits of one do not hold for the next. */
export function someSource(): string {
  return `127.${[0, 0, 0].map(() => randomInt(1, 255)).join('.')}`;
}
